-- +goose Up

-- One row per ticket: the columns that lists and limits look for, and the snapshot that follows from the log.
CREATE TABLE tickets_ticket (
    id          TEXT PRIMARY KEY,
    version     BIGINT NOT NULL,
    number      TEXT NOT NULL,
    district_id TEXT NOT NULL,
    building_id TEXT NOT NULL,
    home_id     TEXT NOT NULL,
    resident_id TEXT NOT NULL,
    opener_id   TEXT NOT NULL,
    staff_id    TEXT NOT NULL,
    category    TEXT NOT NULL,
    state       TEXT NOT NULL,
    live        BOOLEAN NOT NULL,
    opened_at   BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    snapshot    TEXT NOT NULL
);
CREATE INDEX tickets_ticket_by_resident ON tickets_ticket (resident_id, opened_at);
CREATE INDEX tickets_ticket_by_opener ON tickets_ticket (opener_id, opened_at);
CREATE INDEX tickets_ticket_by_district ON tickets_ticket (district_id, opened_at);
CREATE INDEX tickets_ticket_by_staff ON tickets_ticket (staff_id, opened_at);
CREATE INDEX tickets_ticket_by_building ON tickets_ticket (building_id, live);

-- The log is the ticket: replaying it gives the snapshot.
CREATE TABLE tickets_event (
    ticket_id TEXT NOT NULL REFERENCES tickets_ticket (id),
    seq       BIGINT NOT NULL,
    name      TEXT NOT NULL,
    at        BIGINT NOT NULL,
    data      TEXT NOT NULL,
    PRIMARY KEY (ticket_id, seq)
);

-- What happens by itself when its time comes.
CREATE TABLE tickets_deadline (
    ticket_id TEXT NOT NULL REFERENCES tickets_ticket (id),
    kind      TEXT NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (ticket_id, kind)
);
CREATE INDEX tickets_deadline_by_time ON tickets_deadline (at);

-- Photos without any metadata; ticket_id is empty until a ticket holds the photo.
CREATE TABLE tickets_photo (
    id           TEXT PRIMARY KEY,
    owner_id     TEXT NOT NULL,
    ticket_id    TEXT NOT NULL,
    content_type TEXT NOT NULL,
    content      BYTEA NOT NULL,
    uploaded_at  BIGINT NOT NULL
);
CREATE INDEX tickets_photo_by_ticket ON tickets_photo (ticket_id, uploaded_at);
