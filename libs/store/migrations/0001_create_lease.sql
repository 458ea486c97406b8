-- +goose Up
CREATE TABLE store_lease (
  name       TEXT   PRIMARY KEY,
  holder     TEXT   NOT NULL,
  epoch      BIGINT NOT NULL,
  expires_at BIGINT NOT NULL -- on the clock of the database; 0 when it was given back
);
