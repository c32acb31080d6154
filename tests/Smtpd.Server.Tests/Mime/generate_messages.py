"""Writes messages made by Python's email package, one JSON object a line, with what that package says they contain.

usage: generate_messages.py SEED COUNT
"""
import base64
import datetime
import email
import email.charset
import email.policy
import hashlib
import json
import random
import sys
from email.headerregistry import Address
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.header import Header

WORDS = ["order", "Grüße", "naïve", "Ωmega", "привет", "日本語", "한국어", "测试", "invoice", "=?looks?=", "a=b", "100%", "emoji 🎉", "--dashes", "x" * 90, "tab\there"]
BY_CHARSET = {
    "iso-8859-1": ["Grüße", "naïve", "order"], "koi8-r": ["привет", "мир"], "windows-1251": ["привет", "мир"], "shift_jis": ["日本語", "テスト"],
    "iso-2022-jp": ["日本語", "テスト"], "euc-jp": ["日本語"], "gb2312": ["测试", "中文"], "gb18030": ["测试", "𠮷"], "big5": ["測試", "中文"], "euc-kr": ["한국어", "시험"],
    "utf-8": WORDS, "iso-8859-2": ["łódź", "český"], "windows-1252": ["“quoted”", "€ 5"], "iso-8859-15": ["€ 5", "œuvre"],
}
NAMES = ["report.pdf", "Übersicht.pdf", "日本語の名前.txt", "a b c.dat", "semi;colon.bin", "it's.txt", "quo''ted.txt", "pro%cent.txt", "very " * 20 + "long.txt", "длинное имя файла " * 4 + ".doc", "🎉.png"]


def line(rng):
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(0, 8)))


def text(rng):
    return "\n".join(line(rng) for _ in range(rng.randint(1, 6))) + "\n"


def attach(rng, message):
    kind = rng.randrange(4)
    name = rng.choice(NAMES)
    if kind == 0:
        message.add_attachment(rng.randbytes(rng.randint(0, 3000)), maintype="application", subtype="octet-stream", filename=name)
    elif kind == 1:
        message.add_attachment(text(rng), filename=name, subtype=rng.choice(["plain", "csv", "html"]))
    elif kind == 2:
        message.add_attachment(rng.randbytes(50), maintype="image", subtype="png", disposition=rng.choice(["inline", "attachment"]), filename=name, cid="<%d@x.test>" % rng.randrange(1000))
    else:
        inner = EmailMessage()
        inner["Subject"] = line(rng)
        inner.set_content(text(rng))
        if rng.random() < 0.5:
            inner.add_attachment(rng.randbytes(20), maintype="application", subtype="zip", filename=rng.choice(NAMES))
        message.add_attachment(inner)


def modern(rng):
    message = EmailMessage()
    plain, html = text(rng), None
    message.set_content(plain, cte=rng.choice(["quoted-printable", "base64", "8bit"]) if all(len(each.encode()) < 900 for each in plain.split("\n")) else "base64")
    if rng.random() < 0.6:
        html = "<p>" + text(rng) + "</p>\n"
        message.add_alternative(html, subtype="html", cte=rng.choice(["quoted-printable", "base64"]))
        if rng.random() < 0.5:
            message.get_payload()[1].add_related(rng.randbytes(100), "image", "gif", cid="<i%d@x.test>" % rng.randrange(100))
    for _ in range(rng.choice([0, 0, 1, 2, 3])):
        attach(rng, message)
    return message, plain, html


def legacy(rng):
    charset = rng.choice(sorted(BY_CHARSET))
    plain = "\n".join(" ".join(rng.choice(BY_CHARSET[charset]) for _ in range(5)) for _ in range(4)) + "\n"
    if charset in ("gb18030", "windows-1252", "koi8-r") and rng.random() < 0.5:
        email.charset.add_charset(charset, email.charset.QP, email.charset.QP)
    part = MIMEText(plain, "plain", charset)
    if rng.random() < 0.5:
        message = part
    else:
        message = MIMEMultipart(rng.choice(["mixed", "alternative", "signed", "report"]))
        message.attach(part)
        message.preamble = "This is MIME.\n--not a boundary\n"
        message.epilogue = "after the end\n"
    message["X-Words"] = Header(" ".join(BY_CHARSET[charset]), charset, header_name="X-Words")
    return message, plain, None


def characters(value):
    """Raw UTF-8 in header fields: Python keeps its octets as surrogates."""
    return value and value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def expectations(raw, plain, html):
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    parts = []

    def walk(part, path):
        content = part.get_content_type()
        entry = {"path": path, "type": content, "name": characters(part.get_filename())}
        parts.append(entry)
        if part.is_multipart():
            for i, child in enumerate(part.get_payload(), 1):
                walk(child, "%s.%d" % (path, i))
        else:
            octets = part.get_payload(decode=True)
            entry["sha256"] = hashlib.sha256(octets).hexdigest()

    walk(parsed, "1")
    return {
        "raw": base64.b64encode(raw).decode(), "subject": characters(str(parsed["Subject"])), "text": plain, "html": html, "parts": parts,
        "from": [[characters(a.display_name), a.addr_spec] for a in parsed["From"].addresses],
        # Where Python folds a list it may encode the comma between two addresses, and then loses the second: nothing to compare with.
        "to": None if b"=2C" in raw.replace(b"\r\n", b"\n").split(b"\n\n")[0] else [[characters(a.display_name), a.addr_spec] for a in parsed["To"].addresses],
        "date": parsed["Date"].datetime.astimezone(datetime.timezone.utc).isoformat(),
        "words": characters(str(parsed["X-Words"] or "")),
    }


def main(seed, count):
    rng = random.Random(seed)
    for _ in range(count):
        message, plain, html = rng.choice([modern, modern, legacy])(rng)
        is_modern = isinstance(message, EmailMessage)
        names = ["Anna", "Müller, Jürgen", 'Q "the" X', "山田太郎", "", "a very long name " * 6]
        addresses = [Address(rng.choice(names).strip(), "u%d" % i, "x.test") for i in range(rng.randint(1, 6))]
        subject = line(rng).replace("\t", " ")
        if is_modern:
            message["Subject"], message["From"], message["To"] = subject, addresses[0], addresses
        else:
            message["Subject"] = Header(subject, "utf-8", header_name="Subject")
            message["From"] = "Anna <anna@x.test>"
            message["To"] = ", ".join("u%d@x.test" % i for i in range(rng.randint(1, 40)))
        message["Date"] = email.utils.format_datetime(datetime.datetime(2026, rng.randint(1, 12), rng.randint(1, 28), 1, 2, 3, tzinfo=datetime.timezone(datetime.timedelta(minutes=rng.randrange(-600, 600, 15)))))
        policy = rng.choice([email.policy.SMTP, email.policy.SMTPUTF8, email.policy.default]) if is_modern else email.policy.compat32
        raw = message.as_bytes(policy=policy)
        print(json.dumps(expectations(raw, plain, html)))


main(int(sys.argv[1]), int(sys.argv[2]))
