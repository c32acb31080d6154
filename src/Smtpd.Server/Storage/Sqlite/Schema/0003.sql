-- Projects, what a mailbox is told, rules for addresses, tags, leases, transcripts, what was read out of messages, and the index for searching.

CREATE TABLE projects (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  name        TEXT NOT NULL UNIQUE,
  created_at  INTEGER NOT NULL
) STRICT;

ALTER TABLE mailboxes ADD COLUMN project_id INTEGER NOT NULL DEFAULT 1;
ALTER TABLE mailboxes ADD COLUMN is_open INTEGER NOT NULL DEFAULT 1;
ALTER TABLE mailboxes ADD COLUMN expires_at INTEGER;
ALTER TABLE mailboxes ADD COLUMN max_messages INTEGER;       -- of the limits NULL is none
ALTER TABLE mailboxes ADD COLUMN max_bytes INTEGER;
ALTER TABLE mailboxes ADD COLUMN max_age INTEGER;            -- milliseconds
ALTER TABLE mailboxes ADD COLUMN max_message_bytes INTEGER;
ALTER TABLE mailboxes ADD COLUMN rate_messages INTEGER;
ALTER TABLE mailboxes ADD COLUMN rate_window INTEGER;        -- milliseconds
ALTER TABLE mailboxes ADD COLUMN rate_refusal INTEGER;
ALTER TABLE mailboxes ADD COLUMN unread_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mailboxes ADD COLUMN leased_uid INTEGER NOT NULL DEFAULT 0;  -- what has a greater UID was never leased

CREATE INDEX mailboxes_by_project ON mailboxes (project_id);
CREATE INDEX mailboxes_expiring ON mailboxes (expires_at) WHERE expires_at IS NOT NULL;

ALTER TABLE addresses ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;        -- AddressRuleKind; 0: this address and no other
CREATE INDEX addresses_pattern ON addresses (address_key) WHERE kind = 3;

ALTER TABLE deliveries ADD COLUMN received_at INTEGER NOT NULL DEFAULT 0; -- the message's, here to be an index of each mailbox
ALTER TABLE deliveries ADD COLUMN tags TEXT;                              -- JSON, NULL for none
UPDATE deliveries SET received_at = (SELECT received_at FROM messages WHERE id = message_id);
UPDATE mailboxes SET unread_count = (SELECT count(*) FROM deliveries WHERE mailbox_id = mailboxes.id AND flags & 1 = 0);

-- A search answers by message id, and read, unread and pinned ones must each be found among millions of the others: one index for all,
-- walked in up to four ranges at once, because every further index is paid for by each message that comes.
CREATE INDEX deliveries_by_flags ON deliveries (mailbox_id, flags & 3, message_id);
-- The oldest that may go, for limits.
CREATE INDEX deliveries_unpinned ON deliveries (mailbox_id, received_at) WHERE flags & 2 = 0;

CREATE TABLE delivery_tags (
  mailbox_id  INTEGER NOT NULL,
  tag_key     TEXT NOT NULL,                    -- the tag in lower case
  message_id  INTEGER NOT NULL,
  uid         INTEGER NOT NULL,
  tag         TEXT NOT NULL,
  PRIMARY KEY (mailbox_id, tag_key, message_id, uid, tag)
) STRICT, WITHOUT ROWID;

CREATE INDEX delivery_tags_by_key ON delivery_tags (tag_key, message_id, mailbox_id);

CREATE TABLE tag_counts (
  mailbox_id  INTEGER NOT NULL,
  tag         TEXT NOT NULL,
  messages    INTEGER NOT NULL,
  PRIMARY KEY (mailbox_id, tag)
) STRICT, WITHOUT ROWID;

-- Only of messages that were leased: free again after `until`, which is past when nobody has it.
CREATE TABLE leases (
  mailbox_id  INTEGER NOT NULL,
  uid         INTEGER NOT NULL,
  token       TEXT,                             -- NULL: released, or dead
  attempt     INTEGER NOT NULL,
  attempts    INTEGER NOT NULL,                 -- so often at most
  until       INTEGER,                          -- NULL: dead
  PRIMARY KEY (mailbox_id, uid)
) STRICT, WITHOUT ROWID;

CREATE INDEX leases_by_time ON leases (mailbox_id, until, uid) WHERE until IS NOT NULL;
CREATE INDEX leases_dead ON leases (mailbox_id, uid) WHERE until IS NULL;

-- Looked through at each start.
CREATE INDEX messages_in_file ON messages (id) WHERE in_file = 1;

CREATE TABLE transcripts (
  message_id  INTEGER PRIMARY KEY,
  text        TEXT NOT NULL
) STRICT;

-- Stored, and not read yet. A row for every message from its commit until a moment later.
CREATE TABLE to_index (
  message_id  INTEGER PRIMARY KEY
) STRICT;

INSERT INTO to_index SELECT id FROM messages;

-- Derived from the content, and made again from it at any time: these and all below.
CREATE TABLE readings (
  message_id   INTEGER PRIMARY KEY,
  snippet      TEXT NOT NULL,
  attachments  TEXT NOT NULL,                   -- JSON
  warnings     TEXT NOT NULL                    -- JSON
) STRICT;

-- Apart from readings, which every list walks over.
CREATE TABLE excerpts (
  message_id  INTEGER PRIMARY KEY,
  text        TEXT NOT NULL
) STRICT;

-- The tokens that SearchTokens makes, which the tokenizer `ascii` leaves as they are. One row a message, its number the message's: results come in order
-- without sorting. `marks` has what is not a word: see SqliteMarks. Without the text itself, which is in the content already.
CREATE VIRTUAL TABLE search USING fts5 (
  subject, sender, recipient, copied, bcc, envelope, file_names, headers, body, marks,
  tokenize = 'ascii', content = '', contentless_delete = 1
);

-- Left to itself the index merges now and then a lot at once, and mail would wait for that: the writer has it merge a little after every message.
INSERT INTO search (search, rank) VALUES ('automerge', 0);

-- Of messages in several mailboxes: which of the words in `bcc` and `envelope` are whose. Nobody may find a message by another's recipients.
CREATE TABLE delivery_words (
  message_id  INTEGER NOT NULL,
  mailbox_id  INTEGER NOT NULL,
  envelope    TEXT NOT NULL,
  bcc         TEXT NOT NULL,
  PRIMARY KEY (message_id, mailbox_id)
) STRICT, WITHOUT ROWID;
