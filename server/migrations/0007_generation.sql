-- Which releases can work with this database: each release that adds migrations raises it by one, in its first one. A
-- server works beside a database of the next generation, so that a release can be rolled back. Therefore a migration only
-- adds; what the release before still needs goes one generation later.
CREATE TABLE schema_generation (generation BIGINT NOT NULL PRIMARY KEY);
INSERT INTO schema_generation (generation) VALUES (2);
