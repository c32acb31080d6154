-- Who may come in by which name, which addresses lead where, and what TLS and AUTH said of a message.

-- Names are found by user_key (letters in lower case) and shown as given. The verifier is SCRAM-SHA-256$iterations:salt$stored:server.
CREATE TABLE credentials (
  user_key      TEXT PRIMARY KEY,
  user          TEXT NOT NULL,
  mailbox_id    INTEGER NOT NULL REFERENCES mailboxes (id) ON DELETE CASCADE,
  verifier      TEXT NOT NULL,
  clear_secret  TEXT                            -- only where the user opted in, for CRAM-MD5
) STRICT, WITHOUT ROWID;

CREATE INDEX credentials_by_mailbox ON credentials (mailbox_id);

CREATE TABLE addresses (
  address_key  TEXT PRIMARY KEY,                -- local part in lower case, domain as A-labels
  address      TEXT NOT NULL,
  mailbox_id   INTEGER NOT NULL REFERENCES mailboxes (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX addresses_by_mailbox ON addresses (mailbox_id);

-- Secrets of the store itself, made with it.
CREATE TABLE secrets (
  name    TEXT PRIMARY KEY,
  octets  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO secrets (name, octets) VALUES ('unknown users', randomblob(32));

ALTER TABLE messages ADD COLUMN tls TEXT;       -- version and cipher suite; NULL: in clear, or from before this schema
ALTER TABLE messages ADD COLUMN user TEXT;      -- who sent it by AUTH
