-- +goose Up

-- What a technician did in the last days.
CREATE INDEX dispatch_visit_by_time ON dispatch_visit (staff_id, offered_at);
