"""What a CI job does with smtpd: a mailbox of its own, one mail of the tested program, assertions, the code out of it, and nothing left behind.

Only the standard library. Usage: ci_user.py http://127.0.0.1:8025
"""
import email.message
import json
import smtplib
import sys
import urllib.error
import urllib.request

BASE = sys.argv[1]


def call(method, url, body=None):
    """Returns status and JSON; also of refusals, whose problem details say what to do."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    except urllib.error.HTTPError as refusal:
        text = refusal.read()
        return refusal.code, json.loads(text) if text else None


def expect(what, actual, expected):
    if actual != expected:
        raise SystemExit(f"{what}: expected {expected!r}, got {actual!r}")


# A mailbox that goes by itself if this job should die.
status, mailbox = call("POST", BASE + "/api/mailboxes", {"ttl": "10m"})
expect("creating the mailbox", status, 201)
address, urls = mailbox["addresses"][0], mailbox["urls"]
user, password = mailbox["credentials"][0]["user"], mailbox["credentials"][0]["password"]

# The program under test would do this.
mail = email.message.EmailMessage()
mail["From"], mail["To"], mail["Subject"] = "Shop <shop@example.com>", address, "Your sign-in code"
mail.set_content("Hello,\n\nyour verification code is 493817. It is good for ten minutes.\n")
mail.add_alternative("<p>Hello,</p><p>your verification code is <b>493817</b>. <a href='https://shop.example/verify?t=abc'>Sign in</a></p>", subtype="html")
mail.add_attachment(b"%PDF-1.4 not really", maintype="application", subtype="pdf", filename="terms.pdf")
host, port = urls["smtp"].rsplit(":", 1)
with smtplib.SMTP(host, int(port), timeout=30) as smtp:
    smtp.login(user, password)
    smtp.send_message(mail)

status, message = call("GET", urls["wait"] + "?subject=sign-in&timeout=20")
expect("waiting", status, 200)
expect("subject", message["subject"], "Your sign-in code")
expect("from", message["from"], {"name": "Shop", "address": "shop@example.com"})
expect("envelope", message["envelope"]["to"], [address])

one = f"{urls['messages']}/{message['uid']}"
with urllib.request.urlopen(one + "/text") as answer:
    if "493817" not in answer.read().decode():
        raise SystemExit("the text lacks the code")
status, codes = call("GET", one + "/codes")
expect("codes", (status, [each["value"] for each in codes["codes"] if each["kind"] == "code"]), (200, ["493817"]))
status, links = call("GET", one + "/links")
expect("links", [each["url"] for each in links["links"]], ["https://shop.example/verify?t=abc"])
with urllib.request.urlopen(one + "/attachments/1") as answer:
    expect("attachment", answer.read(), b"%PDF-1.4 not really")

status, _ = call("DELETE", urls["api"])
expect("deleting the mailbox", status, 204)
status, problem = call("GET", urls["api"])
expect("afterwards", status, 404)
print("all is well: " + problem["detail"])
