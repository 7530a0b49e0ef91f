// Requests to the web app. Whatever goes wrong is an Error with a sentence for the reader.

const MOST_MS = 30_000;

export async function ask(path, query = {}) {
  const pairs = Object.entries(query).flatMap(([name, value]) => [value].flat().map((each) => [name, each]));
  const address = pairs.length ? `${path}?${new URLSearchParams(pairs)}` : path;
  let answer;
  try {
    answer = await fetch(address, { signal: AbortSignal.timeout(MOST_MS) });
  } catch {
    throw new Error("The web app itself does not answer. Start it: docker compose --profile webapp up -d");
  }
  const said = await answer.json().catch(() => null);
  if (!answer.ok || said === null) throw new Error(said?.error ?? `The web app answers ${answer.status}.`);
  return said;
}

export function fileAddress(run, path) {
  return `/api/runs/${encodeURIComponent(run)}/file?${new URLSearchParams({ path })}`;
}
