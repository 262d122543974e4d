"""Tests of a server against its own description, with schemathesis:
`SERVER_URL=http://… SERVER_API_KEY=… python all.py`.

Requests are made up from the description: right ones and wrong ones, and sequences of them. Each response must have a
status, a content type and a body that are described. A test is one operation, or one part that concerns them all.
"""

import json
import os
import re
import string
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
import xml.etree.ElementTree as xml
from pathlib import Path

import jsonschema_rs

HERE = Path(__file__).parent
SERVER = os.environ["SERVER_URL"]
DOCUMENT = SERVER + "/openapi.json"
# End of the ids of operations that are left out, because their token is in a body of text: schemathesis.toml.
FOR_PAGE = "_for_page"
# Operations that can't succeed here: the customer shares no data, and has linked no new account, so none that looks like another.
WITHOUT_SUCCESS = {
    "GET /api/accounts/{id}/owners",
    "GET /api/accounts/{id}/transactions",
    "POST /api/sessions/{id}/pairs",
    "POST /api/sessions/{id}/payment-method",
}


def resolved(document, example):
    """Returns the example that a reference names."""
    if "$ref" not in example:
        return example
    return document["components"]["examples"][example["$ref"].rsplit("/", 1)[1]]


def examples(document):
    """Yields each example of a body, with its place and the schema that it must fit."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            bodies = {**operation["responses"], "request": operation.get("requestBody", {})}
            for name, body in bodies.items():
                for media in body.get("content", {}).values():
                    named = media.get("examples", {}).values()
                    found = [resolved(document, example)["value"] for example in named]
                    found += [media["example"]] if "example" in media else []
                    for example in found:
                        yield f"{method} {path} {name}", media["schema"], example


def misfits(document):
    """Returns the places of examples that do not fit their schema."""
    components = {"components": document["components"]}
    fits = lambda schema, example: jsonschema_rs.Draft202012Validator({**schema, **components}).is_valid(example)
    return [place for place, schema, example in examples(document) if not fits(schema, example)]


def call(path, bearer=None, body=None):
    """Returns the body of a response."""
    request = urllib.request.Request(SERVER + path, data=body and json.dumps(body).encode())
    request.add_header("content-type", "application/json")
    if bearer:
        request.add_header("authorization", f"Bearer {bearer}")
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def settings():
    """Returns the settings of schemathesis, with identifiers of objects that it creates first."""
    key, token = os.environ["SERVER_API_KEY"], call("/demo/token")["token"]
    account = {"account": "fca_PinecrestNumberExpired8820"}
    ask = lambda: call("/v1/relink-requests", key, {**account, "delivery": "link"})
    return string.Template((HERE / "schemathesis.toml").read_text()).substitute(
        api_key=key,
        customer_token=token,
        request=ask()["id"],
        link=ask()["url"].split("#")[1],
        session=call("/api/sessions", token, {**account, "choice": "repair"})["session"],
        delivery=call("/api/deliveries", key)["data"][0]["id"],
    )


def run(folder):
    """Runs schemathesis, which prints what it finds and writes its reports into the folder. True if it finds nothing."""
    (folder / "schemathesis.toml").write_text(settings())
    # As a module, because the program's own script names the folder in which the environment was created.
    program = [sys.executable, "-m", "schemathesis.cli"]
    reports = ["--report=junit,har", "--report-junit-path=junit.xml", "--report-har-path=run.har"]
    return subprocess.run([*program, "run", DOCUMENT, *reports], cwd=folder, check=False).returncode == 0


def results(folder):
    """Returns whether each test of the report has passed, by its name."""
    passed = {}
    for case in xml.parse(folder / "junit.xml").getroot().iter("testcase"):
        failed = case.find("failure") is not None or case.find("error") is not None
        passed[case.get("name")] = passed.get(case.get("name"), True) and not failed
    return passed


def successful(folder, document):
    """Returns the operations that had a response with a status of success."""
    entries = json.loads((folder / "run.har").read_text())["log"]["entries"]
    sent = [entry["request"] for entry in entries if 200 <= entry["response"]["status"] < 300]
    found = set()
    for method, path in {(one["method"], urllib.parse.urlsplit(one["url"]).path) for one in sent}:
        # Paths without parameters first, because they fit those with parameters as well.
        for template in sorted(document["paths"], key=lambda template: template.count("{")):
            if re.fullmatch(re.sub("{[^}]+}", "[^/]+", template), path):
                found.add(f"{method} {template}")
                break
    return found


def main():
    """Prints results like cargo's tests, so that one program can count all."""
    document = call("/openapi.json")
    described = [(method, path, item[method]) for path, item in document["paths"].items() for method in item]
    operations = {
        f"{method.upper()} {path}" for method, path, one in described if not one["operationId"].endswith(FOR_PAGE)
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found_nothing = run(folder)
        passed = results(folder)
        problems = [f"{one} is not tested" for one in operations - passed.keys()]
        lacking = operations - WITHOUT_SUCCESS - successful(folder, document)
        problems += [f"{one} has not succeeded once" for one in lacking]
    problems += [f"an example of {place} does not fit its schema" for place in misfits(document)]
    passed["every operation is tested and every example fits"] = not problems and bool(operations)
    passed["schemathesis finds nothing"] = found_nothing
    print("\n".join(problems))
    for name, is_passed in passed.items():
        print(f"test {name} ... {'ok' if is_passed else 'FAILED'}")
    failed = list(passed.values()).count(False)
    verdict = "FAILED" if failed else "ok"
    print(f"\ntest result: {verdict}. {len(passed) - failed} passed; {failed} failed; 0 ignored")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
