-- +goose Up
CREATE TABLE residents_district (
    id   TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    lat  DOUBLE PRECISION NOT NULL,
    lon  DOUBLE PRECISION NOT NULL
);

CREATE TABLE residents_community (
    id          TEXT PRIMARY KEY,
    district_id TEXT NOT NULL REFERENCES residents_district (id),
    name        TEXT NOT NULL,
    lat         DOUBLE PRECISION NOT NULL,
    lon         DOUBLE PRECISION NOT NULL
);

CREATE TABLE residents_building (
    id           TEXT PRIMARY KEY,
    community_id TEXT NOT NULL REFERENCES residents_community (id),
    name         TEXT NOT NULL,
    lat          DOUBLE PRECISION NOT NULL,
    lon          DOUBLE PRECISION NOT NULL,
    floors       BIGINT NOT NULL
);

CREATE TABLE residents_home (
    id          TEXT PRIMARY KEY,
    building_id TEXT NOT NULL REFERENCES residents_building (id),
    entrance    TEXT NOT NULL,
    number      TEXT NOT NULL,
    area_cm2    BIGINT NOT NULL,
    address     TEXT NOT NULL
);
CREATE INDEX residents_home_by_building ON residents_home (building_id, id);

-- Name and phone are sealed; phone_hash finds a person by number without telling the number.
CREATE TABLE residents_person (
    id         TEXT PRIMARY KEY,
    name       BYTEA,
    phone      BYTEA,
    phone_hash TEXT NOT NULL
);
CREATE UNIQUE INDEX residents_person_by_phone ON residents_person (phone_hash) WHERE phone_hash <> '';

CREATE TABLE residents_occupancy (
    home_id   TEXT NOT NULL REFERENCES residents_home (id),
    person_id TEXT NOT NULL REFERENCES residents_person (id),
    role      BIGINT NOT NULL,
    since     BIGINT NOT NULL,
    until     BIGINT NOT NULL,
    PRIMARY KEY (home_id, person_id, role, since)
);
CREATE INDEX residents_occupancy_by_person ON residents_occupancy (person_id);

CREATE TABLE residents_reveal (
    person_id   TEXT NOT NULL REFERENCES residents_person (id),
    by_staff_id TEXT NOT NULL,
    reason      TEXT NOT NULL,
    at          BIGINT NOT NULL
);
CREATE INDEX residents_reveal_by_person ON residents_reveal (person_id, at);
