-- +goose Up
-- Seq rises by one within a feed, so that a reader knows that nothing is missing.
CREATE TABLE notify_entry (
    feed  TEXT NOT NULL,
    seq   BIGINT NOT NULL,
    at    BIGINT NOT NULL,
    entry BYTEA NOT NULL,
    PRIMARY KEY (feed, seq)
);
CREATE INDEX notify_entry_by_time ON notify_entry (at);

CREATE TABLE notify_feed (
    feed       TEXT PRIMARY KEY,
    seq        BIGINT NOT NULL,
    read_up_to BIGINT NOT NULL
);

-- What decides who may read a ticket's feed.
CREATE TABLE notify_ticket (
    id          TEXT PRIMARY KEY,
    district_id TEXT NOT NULL,
    resident_id TEXT NOT NULL,
    listeners   TEXT NOT NULL
);
