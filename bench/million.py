#!/usr/bin/env python3
"""Fills a running smtpd with messages of ordinary words and measures lists and searches over REST.

  bench/million.py --smtp 127.0.0.1:2525 --http 127.0.0.1:8025 [--messages 1000000] [--processes 2] [--skip-load]

Every message is different and the same in each run (seeded): subject, sender, four lines of words of which few are frequent and
many are rare, one of ten mailboxes `m0` to `m9` (made when they are missing). One in ten is large enough to have an attachment.
"""
import argparse, base64, json, multiprocessing, random, socket, statistics, sys, time, urllib.error, urllib.parse, urllib.request

WORDS = 20000
SIDE_BY_SIDE = 8  # connections of each process: the server takes 20 of one address
COMMON = "invoice order delivery account password reset welcome report meeting payment".split()


def vocabulary():
    """Pronounceable words, the same every time; the first ones are the frequent ones."""
    dice = random.Random(1)
    syllables = [c + v + e for c in "bcdfghklmnprstvw" for v in "aeiou" for e in ("", "n", "r", "s")]
    words = list(COMMON)
    seen = set(words)
    while len(words) < WORDS:
        word = "".join(dice.choices(syllables, k=dice.randint(2, 4)))
        if word not in seen:
            seen.add(word)
            words.append(word)
    return words


def message(number, words, cumulative):
    dice = random.Random(number)
    pick = lambda count: dice.choices(words, cum_weights=cumulative, k=count)
    sender = f"{dice.choice(words)}@{dice.choice(words)}.test"
    head = (f"From: {' '.join(pick(2)).title()} <{sender}>\r\nTo: <m{number % 10}@million.test>\r\nSubject: {' '.join(pick(6))}\r\n"
            f"Message-ID: <{number}@million.test>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n")
    text = "\r\n".join(" ".join(pick(14)) for _ in range(8)) + f"\r\nnumber n{number}n\r\n"
    if number % 10:
        return sender, head + "Content-Type: text/plain; charset=utf-8\r\n\r\n" + text
    attachment = base64.encodebytes(dice.randbytes(1500)).decode().replace("\n", "\r\n")
    return sender, (head + 'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n' + text
                    + f'--b\r\nContent-Type: application/pdf; name="{words[number % WORDS]}.pdf"\r\nContent-Transfer-Encoding: base64\r\n'
                    + f'Content-Disposition: attachment; filename="{words[number % WORDS]}.pdf"\r\n\r\n' + attachment + "--b--\r\n")


def send(smtp, numbers):
    words = vocabulary()
    total, cumulative = 0.0, []
    for rank in range(WORDS):
        total += 1 / (rank + 5)
        cumulative.append(total)
    host, port = smtp.rsplit(":", 1)
    connections = []
    for _ in range(SIDE_BY_SIDE):
        connection = socket.create_connection((host, int(port)))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connections.append((connection, connection.makefile("rb")))
    for connection, replies in connections:
        expect(replies, b"220")
        connection.sendall(b"EHLO million.test\r\n")
        expect(replies, b"250")
    # In step: two round trips for all of them, so the client costs less than the server that it measures.
    for first in range(0, len(numbers), SIDE_BY_SIDE):
        sent = [(*each, number, *message(number, words, cumulative)) for each, number in zip(connections, numbers[first:first + SIDE_BY_SIDE])]
        for connection, _, number, sender, _ in sent:
            connection.sendall(f"MAIL FROM:<{sender}>\r\nRCPT TO:<m{number % 10}@million.test>\r\nDATA\r\n".encode())
        for connection, replies, _, _, content in sent:
            for code in (b"250", b"250", b"354"):
                expect(replies, code)
            connection.sendall(content.encode() + b".\r\n")
        for _, replies, *_ in sent:
            expect(replies, b"250")
    for connection, _ in connections:
        connection.sendall(b"QUIT\r\n")
        connection.close()


def expect(replies, code):
    while True:
        line = replies.readline()
        if not line.startswith(code):
            raise SystemExit(f"expected {code.decode()}, got {line!r}")
        if line[3:4] == b" ":
            return


def rest(http, path, method="GET", body=None):
    request = urllib.request.Request(f"http://{http}{path}", method=method, data=None if body is None else json.dumps(body).encode(),
                                     headers={"Content-Type": "application/json"} if body is not None else {})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def mailboxes(http):
    there = {each["name"]: each["id"] for each in rest(http, "/api/mailboxes")["mailboxes"]}
    for number in range(10):
        if f"m{number}" not in there:
            there[f"m{number}"] = rest(http, "/api/mailboxes", "POST", {"name": f"m{number}", "addresses": [f"m{number}@million.test"]})["id"]
    return there


def backlog(http):
    with urllib.request.urlopen(f"http://{http}/metrics") as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith("smtpd_index_backlog"):
                return float(line.split()[-1])
    raise SystemExit("/metrics has no smtpd_index_backlog")


def measure(http, name, path, times=20):
    took, found = [], 0
    for _ in range(times):
        start = time.perf_counter()
        found = len(rest(http, path)["messages"])
        took.append((time.perf_counter() - start) * 1000)
    print(f"| {name} | {found} | {statistics.median(took):.1f} | {max(took):.1f} |", flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--smtp", default="127.0.0.1:2525")
    options.add_argument("--http", default="127.0.0.1:8025")
    options.add_argument("--messages", type=int, default=1_000_000)
    options.add_argument("--processes", type=int, default=2)
    options.add_argument("--skip-load", action="store_true")
    given = options.parse_args()

    ids = mailboxes(given.http)
    if not given.skip_load:
        start = time.perf_counter()
        with multiprocessing.Pool(given.processes) as pool:
            pool.starmap(send, [(given.smtp, range(first, given.messages, given.processes)) for first in range(given.processes)])
        print(f"{given.messages} messages sent in {time.perf_counter() - start:.0f} s", flush=True)
    start = time.perf_counter()
    while (waiting := backlog(given.http)) > 0:
        print(f"  {waiting:.0f} wait to be indexed", file=sys.stderr, flush=True)
        time.sleep(5)
    print(f"indexed {time.perf_counter() - start:.0f} s after the last message\n")

    words = vocabulary()
    one = ids["m1"]
    middle = rest(given.http, f"/api/mailboxes/{one}")["messages"] // 2
    query = lambda text, **more: "/api/search?" + urllib.parse.urlencode({"q": text, "limit": 50, **more})
    print("| what (50 a page) | found | median ms | slowest ms |\n|---|---|---|---|")
    measure(given.http, "list, first page", f"/api/mailboxes/{one}/messages?limit=50")
    measure(given.http, "list, a page in the middle", f"/api/mailboxes/{one}/messages?limit=50&after={middle}")
    measure(given.http, "the most frequent word, everywhere", query(COMMON[0]))
    measure(given.http, "the most frequent word, one mailbox", query(COMMON[0], mailbox=one))
    measure(given.http, "a rare word, everywhere", query(words[-1]))
    measure(given.http, "a rare word, one mailbox", query(words[-2], mailbox=one))
    measure(given.http, "one message by a word of its own", query(f"n{given.messages // 2 + 1}n"))
    measure(given.http, "two frequent words", query(f"{COMMON[1]} {COMMON[2]}", mailbox=one))
    measure(given.http, "a phrase of frequent words", query(f'"{COMMON[0]} {COMMON[1]}"', mailbox=one))
    measure(given.http, "a word but not another", query(f"{COMMON[3]} -{COMMON[0]}", mailbox=one))
    measure(given.http, "from: a sender", query(f"from:{words[777]}"))
    measure(given.http, "subject: a frequent word", query(f"subject:{COMMON[4]}", mailbox=one))
    measure(given.http, "filename:", query(f"filename:{words[70]}"))
    measure(given.http, "is:unread", query("is:unread", mailbox=one))
    measure(given.http, "is:read (none)", query("is:read", mailbox=one))
    measure(given.http, "has:attachment, one mailbox without any", query("has:attachment", mailbox=one))
    measure(given.http, "has:attachment, everywhere", query("has:attachment"))
    measure(given.http, "larger:2K", query("larger:2K"))
    measure(given.http, "before: everything is", query("before:2099-01-01", mailbox=one))
    measure(given.http, "tag: (none)", query("tag:nothing"))
    measure(given.http, "message-id:", query(f"message-id:{given.messages // 3}@million.test"))


if __name__ == "__main__":
    main()
