-- +goose Up

-- Which districts may help which, as one map in one row: it is checked and written as a whole, so that no two changes that are
-- each right make a circle.
CREATE TABLE dispatch_help (
    id      BIGINT PRIMARY KEY,
    version BIGINT NOT NULL,
    data    TEXT NOT NULL
);
INSERT INTO dispatch_help (id, version, data) VALUES (1, 0, '{}');
