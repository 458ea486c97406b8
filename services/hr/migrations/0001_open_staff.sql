-- +goose Up
-- The profile holds nothing personal; full name and phone are sealed.
CREATE TABLE hr_staff (
    id        TEXT PRIMARY KEY,
    username  TEXT NOT NULL,
    full_name BYTEA,
    phone     BYTEA,
    profile   TEXT NOT NULL
);
CREATE UNIQUE INDEX hr_staff_by_username ON hr_staff (username) WHERE username <> '';
