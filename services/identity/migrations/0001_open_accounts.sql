-- +goose Up
CREATE TABLE identity_account (
    id            TEXT PRIMARY KEY,
    person_id     TEXT NOT NULL,
    staff_id      TEXT NOT NULL,
    name          TEXT NOT NULL,
    username      TEXT NOT NULL,
    phone_hash    TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    roles         TEXT NOT NULL,
    districts     TEXT NOT NULL
);
CREATE UNIQUE INDEX identity_account_by_username ON identity_account (username) WHERE username <> '';
CREATE UNIQUE INDEX identity_account_by_phone ON identity_account (phone_hash) WHERE phone_hash <> '';

CREATE TABLE identity_code (
    phone_hash TEXT PRIMARY KEY,
    hash       TEXT NOT NULL,
    sent_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    tries      BIGINT NOT NULL
);

CREATE TABLE identity_session (
    id         TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    hash       TEXT NOT NULL UNIQUE,
    spent      TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX identity_session_by_spent ON identity_session (spent);
CREATE INDEX identity_session_by_expiry ON identity_session (expires_at);

-- The private halves of the signing keys, sealed.
CREATE TABLE identity_key (
    id         TEXT PRIMARY KEY,
    sealed     BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);
