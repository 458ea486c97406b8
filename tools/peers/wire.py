"""The line of JSON in, the line of JSON out. What a solver prints on its own goes to stderr."""

import json
import os
import sys

_answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def read():
    """The next line, or None at the end."""
    line = sys.stdin.readline()
    return json.loads(line) if line else None


def write(answer):
    print(json.dumps(answer), file=_answers, flush=True)
