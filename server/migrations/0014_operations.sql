-- First migration of the release after 0.1.0, with which 0.1.0 works: see 0007.
UPDATE schema_generation SET generation = 3;

-- Trace to which the work, the message and the attempt belong (`traceparent` of W3C Trace Context), so that one trace leads
-- from a customer's press to the webhook. Empty while no traces are made.
ALTER TABLE work ADD COLUMN trace TEXT;
ALTER TABLE deliveries ADD COLUMN trace TEXT;
ALTER TABLE attempts ADD COLUMN trace TEXT;
