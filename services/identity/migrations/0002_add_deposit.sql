-- +goose Up
-- Hashes of passwords whose owner is not told yet; claimed once, or forgotten.
CREATE TABLE identity_deposit (
    reference  TEXT PRIMARY KEY,
    hash       TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX identity_deposit_by_expiry ON identity_deposit (expires_at);
