-- +goose Up

-- The version of a district's board fences its writers: a board is saved only if it still is what was loaded.
CREATE TABLE dispatch_district (
    id      TEXT PRIMARY KEY,
    version BIGINT NOT NULL
);

CREATE TABLE dispatch_job (
    id          TEXT PRIMARY KEY,
    district_id TEXT NOT NULL,
    closed      BOOLEAN NOT NULL,
    data        TEXT NOT NULL
);
CREATE INDEX dispatch_job_by_district ON dispatch_job (district_id, closed);

CREATE TABLE dispatch_technician (
    district_id TEXT NOT NULL,
    id          TEXT NOT NULL,
    data        TEXT NOT NULL,
    PRIMARY KEY (district_id, id)
);

CREATE TABLE dispatch_visit (
    id          TEXT PRIMARY KEY,
    district_id TEXT NOT NULL,
    job_id      TEXT NOT NULL REFERENCES dispatch_job (id),
    staff_id    TEXT NOT NULL,
    open        BOOLEAN NOT NULL,
    offered_at  BIGINT NOT NULL,
    data        TEXT NOT NULL
);
CREATE INDEX dispatch_visit_by_district ON dispatch_visit (district_id, open);
CREATE INDEX dispatch_visit_by_staff ON dispatch_visit (staff_id, open);
CREATE INDEX dispatch_visit_by_job ON dispatch_visit (job_id, offered_at);
-- A job has at most one open visit.
CREATE UNIQUE INDEX dispatch_visit_once ON dispatch_visit (job_id) WHERE open;

-- Who was asked, to find a technician's open offers; the answers stand in the visit.
CREATE TABLE dispatch_asked (
    visit_id TEXT NOT NULL REFERENCES dispatch_visit (id),
    staff_id TEXT NOT NULL,
    open     BOOLEAN NOT NULL,
    PRIMARY KEY (visit_id, staff_id)
);
CREATE INDEX dispatch_asked_by_staff ON dispatch_asked (staff_id, open);
