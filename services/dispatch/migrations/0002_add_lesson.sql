-- +goose Up

-- What a district's board has learned from its events, in parts. It is written with the board, fenced by its version.
CREATE TABLE dispatch_lesson (
    district_id TEXT NOT NULL,
    part        TEXT NOT NULL,
    data        TEXT NOT NULL,
    PRIMARY KEY (district_id, part)
);
