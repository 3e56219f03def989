"""A workflow that runs a system on every pull request and comments what came of its promises."""

import sys
from pathlib import Path

from keel.about import VERSION
from keel.errors import InputError
from keel.export.subject import Subject
from keel.export.template import Text

WORKFLOW = Text("""\
# Trains %{system} on every pull request, holds it against its promises, and comments the verdicts.
# Written by `keel export %{system} --to ci`; WHERE is the folder with its keel.yaml.
name: keel %{system}

on:
  pull_request:

permissions: {}

concurrency:
  group: keel-%{name}-${{ github.ref }}
  cancel-in-progress: true

jobs:
  promises:
    runs-on: ubuntu-24.04
    timeout-minutes: 120
    permissions:
      contents: read
      pull-requests: write
    env:
      WHERE: .
    steps:
      - uses: actions/checkout@v6.0.0
        with:
          persist-credentials: false
      - uses: actions/setup-python@v6.0.0
        with:
          python-version: "%{python}"
      - name: Install
        run: python -m pip install --disable-pip-version-check keel-ml==%{keel}
      - name: Run
        id: run
        run: |
          code=0
          keel run "$WHERE" --json > report.json || code=$?
          echo "code=$code" >> "$GITHUB_OUTPUT"
      - name: Tell
        env:
          CODE: ${{ steps.run.outputs.code }}
        run: |
          python - > verdicts.md <<'END'
          import html
          import json
          import os
          from pathlib import Path

          def cell(value):
              text = f"{value:.4g}" if isinstance(value, float) else str(value or "")
              text = html.escape(" ".join(text.split()))
              return text.replace("|", "\\\\|").replace("@", "@\\u200b")

          def figure(one):
              if one["value"] is None:
                  return "-"
              if one["low"] is None:
                  return cell(one["value"])
              return f"{cell(one['value'])} [{cell(one['low'])}, {cell(one['high'])}]"

          text = Path("report.json").read_text()
          if not text.strip():
              print(f"### %{system}: the run failed (exit {os.environ['CODE']}), its log says why")
              raise SystemExit
          report = json.loads(text)
          marks = {"kept": "✅", "broken": "❌", "undecided": "🟡", "pending": "⏳"}
          print(f"### {cell(report['system'])}: {cell(report['status'])}\\n")
          print("| promise | verdict | value | why |", "|---|---|---|---|", sep="\\n")
          for one in report["promises"]:
              verdict = f"{marks.get(one['verdict'], '')} {one['verdict']}"
              cells = [cell(one["promise"]), verdict, figure(one), cell(one["reason"])]
              print(f"| {' | '.join(cells)} |")
          print(f"\\n{cell(report['model']['why'])}")
          END
          cat verdicts.md >> "$GITHUB_STEP_SUMMARY"
      - name: Comment
        if: github.event.pull_request.head.repo.full_name == github.repository
        env:
          GH_TOKEN: ${{ github.token }}
          NUMBER: ${{ github.event.pull_request.number }}
        run: |
          gh pr comment "$NUMBER" --repo "$GITHUB_REPOSITORY" --body-file verdicts.md \\
            --edit-last --create-if-none
      - name: Verdict
        env:
          CODE: ${{ steps.run.outputs.code }}
        run: exit "$CODE"
""")


def write_ci(subject: Subject, into: Path) -> Path:
    """Write the workflow into `.github/workflows` of `into`, a repository.

    Raises InputError when one is there that says something else.
    """
    text = WORKFLOW.substitute(
        system=subject.system,
        name=subject.name,
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
        keel=VERSION,
    )
    path = into / ".github" / "workflows" / f"keel-{subject.name}.yml"
    if path.exists() and path.read_text() != text:
        raise InputError(f"{path} is there and says something else: remove it first")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path
