"""The container's health check: exit 0 when the server answers from the database.

Imports little, since it runs every few seconds.
"""

import http.client
import sys


def main() -> int:
    """Ask /health/ready on the container's own port, five seconds at most."""
    connection = http.client.HTTPConnection("127.0.0.1", 5000, timeout=4)
    try:
        connection.request("GET", "/health/ready", headers={"Host": "localhost"})
        return 0 if connection.getresponse().status == 200 else 1
    except OSError as error:
        sys.stderr.write(f"The server does not answer: {error}\n")
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
