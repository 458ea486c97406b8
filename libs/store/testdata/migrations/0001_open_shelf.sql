-- +goose Up
CREATE TABLE shelf_book (
  id     TEXT   PRIMARY KEY,
  title  TEXT   NOT NULL UNIQUE,
  copies BIGINT NOT NULL
);
CREATE TABLE shelf_loan (
  id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  book     TEXT      NOT NULL,
  reader   TEXT      NOT NULL,
  cover    BYTEA     NOT NULL,
  returned BOOLEAN   NOT NULL
);
