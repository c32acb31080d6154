-- Mailboxes, messages, and which message lies in which mailbox.
-- Numbers of mailboxes and UIDs are never given out twice, also after deletion: hence AUTOINCREMENT and next_uid.

CREATE TABLE mailboxes (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  name           TEXT NOT NULL UNIQUE,
  created_at     INTEGER NOT NULL,              -- milliseconds since 1970, as all times here
  next_uid       INTEGER NOT NULL DEFAULT 1,
  message_count  INTEGER NOT NULL DEFAULT 0,    -- kept by the writer: counting rows would read them all
  message_bytes  INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE messages (
  id               INTEGER PRIMARY KEY,         -- given by the program, rising with time
  received_at      INTEGER NOT NULL,
  size             INTEGER NOT NULL,
  sha256           BLOB NOT NULL,
  sender           TEXT NOT NULL,               -- '' is the null sender
  recipient_count  INTEGER NOT NULL,
  helo             TEXT NOT NULL,
  remote_address   TEXT,
  received_by      TEXT NOT NULL,
  protocol         TEXT NOT NULL,
  in_file          INTEGER NOT NULL,            -- 1: content/<id as text>, 0: contents
  summary          TEXT NOT NULL                -- JSON, derived from the content
) STRICT;

-- Apart from messages, so that a list does not walk over the octets.
CREATE TABLE contents (
  message_id  INTEGER PRIMARY KEY REFERENCES messages (id),
  octets      BLOB NOT NULL
) STRICT;

CREATE TABLE deliveries (
  mailbox_id  INTEGER NOT NULL REFERENCES mailboxes (id),
  uid         INTEGER NOT NULL,
  message_id  INTEGER NOT NULL REFERENCES messages (id),
  recipients  TEXT NOT NULL,                    -- JSON: those of the message's recipients that led here
  flags       INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (mailbox_id, uid)
) STRICT, WITHOUT ROWID;

CREATE INDEX deliveries_by_message ON deliveries (message_id);
