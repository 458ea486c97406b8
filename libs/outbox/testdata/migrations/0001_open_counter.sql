-- +goose Up
CREATE TABLE counter (n BIGINT NOT NULL);
INSERT INTO counter (n) VALUES (0);
