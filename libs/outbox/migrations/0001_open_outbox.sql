-- +goose Up

-- One row per event, written in the transaction of the change it tells of. Ids order the events of a key.
CREATE TABLE outbox_event (
  id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id     TEXT   NOT NULL,
  topic        TEXT   NOT NULL,
  type         TEXT   NOT NULL,
  subject      TEXT   NOT NULL,
  key          TEXT   NOT NULL,
  slot         BIGINT NOT NULL, -- of the key; relays share the slots among them
  at           BIGINT NOT NULL, -- when it happened, in domain time
  traceparent  TEXT   NOT NULL,
  tracestate   TEXT   NOT NULL,
  data         BYTEA  NOT NULL,
  published_at BIGINT           -- in real time
);
-- What waits is looked for all the time. What is old enough to be forgotten is found by its id, without another index.
CREATE INDEX outbox_event_waiting ON outbox_event (id) WHERE published_at IS NULL;

-- What a consumer has applied.
CREATE TABLE outbox_inbox (
  id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  consumer   TEXT   NOT NULL,
  message_id TEXT   NOT NULL,
  seen_at    BIGINT NOT NULL,
  UNIQUE (consumer, message_id)
);

-- Answers that were given to keyed operations.
CREATE TABLE outbox_idempotency (
  id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  scope       TEXT   NOT NULL,
  operation   TEXT   NOT NULL,
  key         TEXT   NOT NULL,
  hash        TEXT   NOT NULL,
  type        TEXT   NOT NULL,
  answer      BYTEA  NOT NULL,
  answered_at BIGINT NOT NULL,
  UNIQUE (scope, operation, key)
);
