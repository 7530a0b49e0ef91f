"""In the place of the question to a person."""

from __future__ import annotations

from dataclasses import dataclass, field

from mlflow_stack.maintenance import Question


@dataclass
class Asker:
    """Answers everything alike and remembers what it was asked."""

    answer: bool
    asked: list[Question] = field(default_factory=list)

    def __call__(self, question: Question) -> bool:
        self.asked.append(question)
        return self.answer
