-- Statements of version 0.1.0, without those that it puts together while it runs.
DELETE FROM accounts WHERE id = $1
DELETE FROM attempts WHERE session IN (SELECT session FROM attempts WHERE started_at < $1 LIMIT $2)
DELETE FROM authorizations WHERE id = $1
DELETE FROM authorizations WHERE read_at > $1
DELETE FROM batch_counts WHERE batch IN (SELECT batch FROM batch_counts WHERE NOT EXISTS (SELECT 1 FROM batches WHERE batches.id = batch_counts.batch) AND $1 > 0 LIMIT $2)
DELETE FROM batch_results WHERE (batch, account) IN (SELECT batch, account FROM batch_results WHERE NOT EXISTS (SELECT 1 FROM batches WHERE batches.id = batch_results.batch) AND $1 > 0 LIMIT $2)
DELETE FROM batches WHERE id IN (SELECT id FROM batches WHERE created_at < $1 AND ended_at IS NOT NULL LIMIT $2)
DELETE FROM code_limits WHERE asked_at > $1
DELETE FROM code_limits WHERE operator IN (SELECT operator FROM code_limits WHERE asked_at < $1 LIMIT $2) AND asked_at < $1
DELETE FROM codes WHERE operator IN (SELECT operator FROM codes WHERE asked_at < $1 LIMIT $2)
DELETE FROM daily_figures WHERE (day, name, institution_name) IN (SELECT day, name, institution_name FROM daily_figures WHERE day < $1 LIMIT $2)
DELETE FROM daily_figures WHERE day = $1
DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE created_at < $1 AND (delivered_at IS NOT NULL OR failed_at IS NOT NULL) LIMIT $2)
DELETE FROM events WHERE id IN (SELECT id FROM events WHERE received_at < $1 LIMIT $2)
DELETE FROM follow_ups WHERE (account, action, feature) IN (SELECT account, action, feature FROM follow_ups WHERE changed_at < $1 AND NOT EXISTS (SELECT 1 FROM work WHERE work.id = 'follow_up:' || account || ' ' || action || ' ' || feature) LIMIT $2)
DELETE FROM follow_ups WHERE account = $1
DELETE FROM idempotency WHERE key IN (SELECT key FROM idempotency WHERE created_at < $1 LIMIT $2)
DELETE FROM idempotency WHERE request = $1
DELETE FROM known_browsers WHERE expires_at > $1
DELETE FROM known_browsers WHERE hash IN (SELECT hash FROM known_browsers WHERE expires_at < $1 LIMIT $2)
DELETE FROM mail_turns WHERE account = $1 AND request = $2
DELETE FROM mail_turns WHERE account IN (SELECT account FROM mail_turns WHERE next_at < $1 LIMIT $2)
DELETE FROM mails WHERE request IN (SELECT request FROM mails WHERE NOT EXISTS (SELECT 1 FROM requests WHERE requests.id = mails.request) AND $1 > 0 LIMIT $2)
DELETE FROM meta WHERE name = $1
DELETE FROM operator_sessions WHERE begun_at > $1
DELETE FROM operator_sessions WHERE hash = $1 RETURNING operator
DELETE FROM opt_outs WHERE customer = $1
DELETE FROM payments WHERE session IN (SELECT session FROM payments WHERE NOT EXISTS (SELECT 1 FROM attempts WHERE attempts.session = payments.session) AND $1 > 0 LIMIT $2)
DELETE FROM reminders WHERE account = $1
DELETE FROM repairs WHERE (day, institution_name) IN (SELECT day, institution_name FROM repairs WHERE day > '' AND day < $1 LIMIT $2)
DELETE FROM requests WHERE id IN (SELECT id FROM requests WHERE created_at < $1 AND ended_at IS NOT NULL LIMIT $2)
DELETE FROM sign_in_codes WHERE browser = $1 AND hash = $2
DELETE FROM sign_in_codes WHERE browser IN (SELECT browser FROM sign_in_codes WHERE expires_at < $1 LIMIT $2)
DELETE FROM sign_in_codes WHERE expires_at > $1
DELETE FROM snapshots WHERE (day, institution_name, state) IN (SELECT day, institution_name, state FROM snapshots WHERE day < $1 LIMIT $2)
DELETE FROM snapshots WHERE day = $1
DELETE FROM visits WHERE hash IN (SELECT hash FROM visits WHERE until < $1 LIMIT $2)
DELETE FROM visits WHERE until > $1
DELETE FROM work WHERE id = $1 AND wanted = $2 AND leased_by = $3 AND lease_until = $4
INSERT INTO accounts (id, customer, authorization_id, institution_name, state, cause, expires_on, account, as_of, read_at, changed_at, recheck_at, revision, told, last4, recheck_class, replaced_by, payment_block) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) ON CONFLICT (id) DO UPDATE SET customer = excluded.customer, authorization_id = excluded.authorization_id, institution_name = excluded.institution_name, state = excluded.state, cause = excluded.cause, expires_on = excluded.expires_on, account = excluded.account, as_of = excluded.as_of, read_at = excluded.read_at, changed_at = excluded.changed_at, recheck_at = excluded.recheck_at, revision = excluded.revision, told = excluded.told, last4 = excluded.last4, recheck_class = excluded.recheck_class, replaced_by = excluded.replaced_by, payment_block = excluded.payment_block
INSERT INTO attempts (session, customer, sign_in, account, choice, purpose, requested, known_before, started_at, reported, language, offers_payment, is_told, keeps) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0, 0)
INSERT INTO audit (id, at, actor, action, customer, session, account, ip_address, detail, position, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
INSERT INTO audit_head (name, position, hash) VALUES ('audit', $1, $2) ON CONFLICT (name) DO NOTHING
INSERT INTO authorizations (id, can_be_repaired, read_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET can_be_repaired = excluded.can_be_repaired, read_at = excluded.read_at
INSERT INTO batch_counts (batch, result, accounts) VALUES ($1, $2, $3) ON CONFLICT (batch, result) DO UPDATE SET accounts = batch_counts.accounts + excluded.accounts
INSERT INTO batch_results (batch, account, result, request) VALUES ($1, $2, $3, $4) ON CONFLICT (batch, account) DO UPDATE SET result = excluded.result, request = excluded.request
INSERT INTO batches (id, operator, chosen, place, state, created_at) VALUES ($1, $2, $3, '', 'running', $4)
INSERT INTO code_limits (operator, browser, asked, since, asked_at) VALUES ($1, $2, 1, $3, $3) ON CONFLICT (operator, browser) DO UPDATE SET asked = CASE WHEN code_limits.since <= $4 THEN 1 ELSE code_limits.asked + 1 END, since = CASE WHEN code_limits.since <= $4 THEN excluded.since ELSE code_limits.since END, asked_at = excluded.asked_at WHERE code_limits.asked_at <= $5 AND (code_limits.since <= $4 OR code_limits.asked < $6)
INSERT INTO customers (id, listed_at) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET listed_at = excluded.listed_at
INSERT INTO daily_figures (day, name, institution_name, value) VALUES ($1, $2, $3, $4)
INSERT INTO events (id, type, subject, api_version, created, payload, received_at, source) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING
INSERT INTO follow_ups (account, action, feature, state, tries, changed_at) VALUES ($1, $2, $3, $4, 0, $5) ON CONFLICT (account, action, feature) DO UPDATE SET state = excluded.state, tries = 0, changed_at = excluded.changed_at
INSERT INTO idempotency (key, fingerprint, request, salt, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (key) DO NOTHING
INSERT INTO institutions (id, institution, read_at, told) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE SET institution = excluded.institution, read_at = excluded.read_at, told = excluded.told
INSERT INTO keys (id, name, owner, starts_with, hash, scopes, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
INSERT INTO known_browsers (hash, operator, expires_at) VALUES ($1, $2, $3) ON CONFLICT (hash) DO UPDATE SET expires_at = excluded.expires_at
INSERT INTO mail_turns (account, request, next_at) VALUES ($1, $2, $3) ON CONFLICT (account) DO UPDATE SET request = excluded.request, next_at = excluded.next_at WHERE mail_turns.next_at <= $4 OR mail_turns.request = excluded.request
INSERT INTO mails (request, state, tries, changed_at) VALUES ($1, 'waiting', 0, $2)
INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING
INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value
INSERT INTO operator_sessions (hash, operator, begun_at, seen_at) VALUES ($1, $2, $3, $3)
INSERT INTO opt_outs (customer, at) VALUES ($1, $2) ON CONFLICT (customer) DO NOTHING
INSERT INTO payments (session, account, refusals, held_by, held_until) VALUES ($1, $2, 0, $3, $4) ON CONFLICT (session, account) DO UPDATE SET held_by = excluded.held_by, held_until = excluded.held_until WHERE payments.held_until <= $5 AND payments.made_at IS NULL AND payments.refusals <= $6 RETURNING acceptance, refusals, made_at
INSERT INTO reminders (account, stage, at) VALUES ($1, $2, $3)
INSERT INTO reminders (account, stage, at) VALUES ($1, $2, $3) ON CONFLICT (account) DO UPDATE SET stage = excluded.stage, at = excluded.at
INSERT INTO sign_in_codes (browser, operator, hash, tries, expires_at) VALUES ($1, $2, $3, 0, $4)
INSERT INTO snapshots (day, institution_name, state, accounts, counted_at) VALUES ($1, $2, $3, $4, $5)
INSERT INTO visits (hash, request, until) VALUES ($1, $2, $3)
INSERT INTO work (id, kind, subject, urgency, newest, due, created_at, wanted, tries, lease_until) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, 0, 0) ON CONFLICT (id) DO UPDATE SET wanted = work.wanted + 1
SELECT COUNT(*) FROM attempts WHERE customer = $1 AND sign_in IS NOT DISTINCT FROM $2 AND account = $3 AND outcome = $4
SELECT COUNT(*) FROM attempts WHERE customer = $1 AND started_at >= $2
SELECT COUNT(*) FROM audit WHERE position IS NULL
SELECT COUNT(*) FROM opt_outs WHERE customer = $1
SELECT COUNT(*) FROM work WHERE parked_at IS NULL AND tries > 0
SELECT COUNT(*) FROM work WHERE parked_at IS NULL AND urgency = 2 AND tries = 0
SELECT COUNT(CASE WHEN parked_at IS NULL AND due <= $1 AND lease_until <= $1 THEN 1 END), MIN(CASE WHEN parked_at IS NULL AND due <= $1 AND lease_until <= $1 THEN due END), COUNT(CASE WHEN lease_until > $1 THEN 1 END), COUNT(parked_at) FROM work
SELECT MIN(read_at) FROM accounts
SELECT acceptance, refusals, made_at FROM payments WHERE session = $1 AND account = $2
SELECT account, as_of, read_at, changed_at, recheck_at, revision, told, state, cause, expires_on, replaced_by, payment_block FROM accounts WHERE authorization_id = $1 ORDER BY id
SELECT account, as_of, read_at, changed_at, recheck_at, revision, told, state, cause, expires_on, replaced_by, payment_block FROM accounts WHERE customer = $1 ORDER BY id
SELECT account, as_of, read_at, changed_at, recheck_at, revision, told, state, cause, expires_on, replaced_by, payment_block FROM accounts WHERE id = $1
SELECT action, feature, state, tries FROM follow_ups WHERE account = $1 ORDER BY action, feature
SELECT at, id, actor AS a, action AS b, session AS c, detail AS d FROM audit WHERE account = $1 AND (at, id) < ($2, $3) ORDER BY at DESC, id DESC LIMIT $4
SELECT b.batch, COUNT(r.id), COUNT(CASE WHEN r.opened_at IS NOT NULL THEN 1 END), COUNT(CASE WHEN r.state = 'completed' THEN 1 END) FROM batch_results AS b LEFT JOIN requests AS r ON r.id = b.request WHERE b.batch IN ($1) GROUP BY b.batch
SELECT can_be_repaired FROM authorizations WHERE id = $1 AND read_at >= COALESCE((SELECT MAX(changed_at) FROM accounts WHERE authorization_id = $1), 0)
SELECT cause, institution_name, COUNT(*) FROM accounts WHERE cause IS NOT NULL AND state IN ('broken', 'unrepairable') GROUP BY cause, institution_name
SELECT changed_at AS at, mails.request AS id, mails.state AS a, mails.error AS b, NULL AS c, NULL AS d FROM mails JOIN requests ON requests.id = mails.request WHERE requests.account = $1 AND (changed_at, mails.request) < ($2, $3) ORDER BY changed_at DESC, mails.request DESC LIMIT $4
SELECT customer, COUNT(*), CAST(SUM(revision) AS BIGINT) FROM accounts WHERE customer IN ($1) GROUP BY customer
SELECT day, state, CAST(SUM(accounts) AS BIGINT) FROM snapshots WHERE day >= $1 AND ($2 = '' OR institution_name = $2) GROUP BY day, state
SELECT fingerprint, request, salt FROM idempotency WHERE key = $1
SELECT hash FROM known_browsers WHERE hash = $1 AND operator = $2 AND expires_at > $3
SELECT hash, operator, begun_at, seen_at FROM operator_sessions ORDER BY begun_at LIMIT $1
SELECT id FROM accounts WHERE authorization_id = $1
SELECT id FROM accounts WHERE recheck_at <= $1 AND NOT EXISTS (SELECT 1 FROM work WHERE work.id = 'account:' || accounts.id) ORDER BY recheck_at LIMIT $2
SELECT id, at, actor, action, customer, session, account, ip_address, detail FROM audit WHERE position IS NULL ORDER BY id LIMIT $1
SELECT id, customer FROM accounts WHERE read_at > $1 ORDER BY read_at LIMIT $2
SELECT id, customer, read_at FROM accounts WHERE recheck_class = $1 AND read_at < $2 AND NOT EXISTS (SELECT 1 FROM work WHERE work.id = CASE WHEN accounts.customer IS NULL THEN 'account:' || accounts.id ELSE 'customer:' || accounts.customer END AND (work.parked_at IS NULL OR work.parked_at > $3)) ORDER BY read_at LIMIT $4
SELECT id, name, owner, starts_with, scopes, created_at, expires_at, last_used_at, revoked_at FROM keys ORDER BY id
SELECT id, name, owner, starts_with, scopes, created_at, expires_at, last_used_at, revoked_at FROM keys WHERE hash = $1 AND revoked_at IS NULL
SELECT id, operator, chosen, place, state, created_at, ended_at FROM batches WHERE id < $1 ORDER BY id DESC LIMIT $2
SELECT id, operator, chosen, place, state, created_at, ended_at FROM batches WHERE id = $1
SELECT id, payment_block FROM accounts WHERE payment_block IS NOT NULL AND id IN ($1)
SELECT id, tries, due, parked_at, last_error FROM work WHERE id > $1 AND parked_at IS NOT NULL ORDER BY id LIMIT $2
SELECT id, type, subject, payload, created_at, due, tries, delivered_at, failed_at, last_status, last_error FROM deliveries WHERE id < $1
SELECT id, type, subject, payload, created_at, due, tries, delivered_at, failed_at, last_status, last_error FROM deliveries WHERE id = $1
SELECT institution, read_at, told FROM institutions WHERE id = $1
SELECT institution_name, COUNT(*) FROM accounts WHERE state = 'expiring' AND expires_on IS NOT NULL AND expires_on < $1 GROUP BY institution_name
SELECT institution_name, COUNT(DISTINCT customer) FROM accounts WHERE state = 'broken' GROUP BY institution_name UNION ALL SELECT '', COUNT(DISTINCT customer) FROM accounts WHERE state = 'broken'
SELECT institution_name, state, COUNT(*) FROM accounts GROUP BY institution_name, state
SELECT institution_name, state, accounts, counted_at FROM snapshots WHERE day = (SELECT MAX(day) FROM snapshots)
SELECT language FROM attempts WHERE customer = (SELECT customer FROM accounts WHERE id = $1) ORDER BY started_at DESC LIMIT 1
SELECT listed_at FROM customers WHERE id = $1
SELECT name, institution_name, value FROM daily_figures WHERE day = $1
SELECT next_at FROM mail_turns WHERE account = $1
SELECT operator, begun_at, seen_at FROM operator_sessions WHERE hash = $1
SELECT payment_method FROM payments WHERE session = $1 AND account = $2 AND payment_method IS NOT NULL AND default_at IS NULL
SELECT position FROM audit WHERE id = $1 AND position IS NOT NULL
SELECT position, hash FROM audit_head WHERE name = 'audit'
SELECT r.created_at, a.institution_name, r.ended_at - r.created_at AS waited, r.state, CASE WHEN r.sent_at IS NULL THEN 0 ELSE 1 END AS is_sent, CASE WHEN r.opened_at IS NULL THEN 0 ELSE 1 END AS is_opened, CASE WHEN r.began_at IS NULL THEN 0 ELSE 1 END AS has_begun, CASE WHEN r.state = 'created' AND EXISTS (SELECT 1 FROM mails WHERE mails.request = r.id AND mails.state = 'unknown') THEN 1 ELSE 0 END AS is_mail_lost, r.failure, CASE WHEN r.began_at IS NOT NULL AND r.state <> 'completed' THEN (SELECT attempts.outcome FROM attempts WHERE attempts.customer = r.customer AND attempts.account = r.account AND attempts.started_at >= r.created_at ORDER BY attempts.started_at DESC LIMIT 1) END AS outcome FROM requests AS r JOIN accounts AS a ON a.id = r.account WHERE r.created_at >= $1 AND r.created_at < $2 AND ($3 = '' OR a.institution_name = $3)
SELECT received_at AS at, id, type AS a, source AS b, NULL AS c, NULL AS d FROM events WHERE subject = $1 AND (received_at, id) < ($2, $3) ORDER BY received_at DESC, id DESC LIMIT $4
SELECT recheck_class, COUNT(*) FROM accounts GROUP BY recheck_class
SELECT request FROM visits WHERE hash = $1 AND until > $2
SELECT result, accounts FROM batch_counts WHERE batch = $1
SELECT session, account, choice, reported FROM attempts WHERE customer = $1 AND sign_in IS NOT DISTINCT FROM $2 AND started_at > $3 AND (settled IS NULL OR (is_told = 0 AND outcome <> $6) OR ($4 = 1 AND offers_payment = 1 AND keeps = 0 AND NOT EXISTS (SELECT 1 FROM payments WHERE payments.session = attempts.session AND made_at IS NOT NULL))) ORDER BY started_at DESC, session DESC LIMIT $5
SELECT session, customer, sign_in, account, choice, purpose, requested, known_before, started_at, reported, language, settled FROM attempts WHERE session = $1
SELECT settled FROM attempts WHERE session = $1
SELECT stage FROM reminders WHERE account = $1
SELECT state, COUNT(*) FROM mails WHERE state <> 'sent' GROUP BY state
SELECT state, is_sent, is_opened, has_begun, is_mail_lost, failure, outcome, COUNT(*) AS requests FROM (SELECT r.state, CASE WHEN r.sent_at IS NULL THEN 0 ELSE 1 END AS is_sent, CASE WHEN r.opened_at IS NULL THEN 0 ELSE 1 END AS is_opened, CASE WHEN r.began_at IS NULL THEN 0 ELSE 1 END AS has_begun, CASE WHEN r.state = 'created' AND EXISTS (SELECT 1 FROM mails WHERE mails.request = r.id AND mails.state = 'unknown') THEN 1 ELSE 0 END AS is_mail_lost, r.failure, CASE WHEN r.began_at IS NOT NULL AND r.state <> 'completed' THEN (SELECT attempts.outcome FROM attempts WHERE attempts.customer = r.customer AND attempts.account = r.account AND attempts.started_at >= r.created_at ORDER BY attempts.started_at DESC LIMIT 1) END AS outcome FROM batch_results AS b JOIN requests AS r ON r.id = b.request WHERE b.batch = $1) AS p GROUP BY state, is_sent, is_opened, has_begun, is_mail_lost, failure, outcome
SELECT state, tries, changed_at, error FROM mails WHERE request = $1
SELECT type, COALESCE(api_version, ''), COUNT(*) FROM events WHERE received_at >= $1 GROUP BY type, api_version
SELECT value FROM meta WHERE name = $1
UPDATE accounts SET read_at = 0, changed_at = CASE WHEN changed_at > $1 THEN $1 ELSE changed_at END WHERE read_at > $1
UPDATE attempts SET is_told = 1 WHERE session = $1 AND is_told = 0
UPDATE attempts SET keeps = 1 WHERE session = $1 AND offers_payment = 1 AND keeps = 0
UPDATE attempts SET reported = $1 WHERE session = $2
UPDATE attempts SET settled = $1, settled_at = $2, outcome = $3, offers_payment = $4 WHERE session = $5
UPDATE attempts SET started_at = $1 WHERE started_at > $1
UPDATE audit SET actor = $1, customer = $2, session = $3, account = $4, ip_address = $5, detail = $6 WHERE id = $7
UPDATE audit SET position = $1, hash = $2 WHERE id = $3
UPDATE audit_head SET position = $1, hash = $2 WHERE name = 'audit'
UPDATE batches SET place = $1 WHERE id = $2 AND place = $3 AND state = 'running'
UPDATE batches SET state = 'done', ended_at = $1 WHERE id = $2 AND place = $3 AND state = 'running'
UPDATE batches SET state = 'stopped', ended_at = $1 WHERE id = $2 AND state = 'running'
UPDATE customers SET listed_at = 0 WHERE listed_at > $1
UPDATE deliveries SET due = $1 WHERE delivered_at IS NULL AND failed_at IS NULL AND due > $1
UPDATE deliveries SET leased_by = NULL, lease_until = 0 WHERE delivered_at IS NULL AND failed_at IS NULL AND lease_until > $1
UPDATE deliveries SET leased_by = NULL, lease_until = 0 WHERE lease_until > 0
UPDATE events SET payload = NULL WHERE id IN (SELECT id FROM events WHERE received_at < $1 AND payload IS NOT NULL LIMIT $2)
UPDATE follow_ups SET state = $1, tries = tries + 1, changed_at = $2 WHERE account = $3 AND action = $4 AND feature = $5
UPDATE keys SET last_used_at = $1 WHERE id = $2
UPDATE keys SET last_used_at = $1 WHERE last_used_at > $1
UPDATE keys SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL
UPDATE mail_turns SET next_at = $1 + 172800000 WHERE next_at > $1
UPDATE mails SET state = $1, error = $2, changed_at = $3 WHERE request = $4 AND attempt = $5 AND state IN ('sending', 'unknown')
UPDATE mails SET state = 'failed', error = $1, changed_at = $2 WHERE request = $3 AND state = 'waiting'
UPDATE mails SET state = 'sending', attempt = $1, tries = tries + 1, changed_at = $2 WHERE request = $3 AND state = 'waiting'
UPDATE mails SET state = 'unknown', error = $1, changed_at = $2 WHERE request = $3 AND state = 'sending'
UPDATE operator_sessions SET seen_at = $1 WHERE hash = $2
UPDATE operator_sessions SET seen_at = $1 WHERE seen_at > $1
UPDATE payments SET acceptance = $1 WHERE session = $2 AND account = $3 AND held_by = $4 AND acceptance IS NULL
UPDATE payments SET acceptance = NULL, refusals = refusals + 1, held_by = NULL, held_until = 0 WHERE session = $1 AND account = $2 AND held_by = $3
UPDATE payments SET default_at = $1 WHERE session = $2 AND account = $3 AND default_at IS NULL
UPDATE payments SET held_by = NULL, held_until = 0 WHERE held_until > $1
UPDATE payments SET held_by = NULL, held_until = 0 WHERE held_until > 0
UPDATE payments SET held_by = NULL, held_until = 0 WHERE session = $1 AND account = $2 AND held_by = $3
UPDATE payments SET made_at = $1, setup_intent = $2, payment_method = $3, mandate = $4, held_by = NULL, held_until = 0 WHERE session = $5 AND account = $6 AND made_at IS NULL
UPDATE requests SET expires_at = $1 + 2592000000 WHERE ended_at IS NULL AND expires_at > $1
UPDATE sign_in_codes SET tries = tries + 1 WHERE browser = $1 AND operator = $2 AND tries < $3 AND expires_at > $4
UPDATE work SET due = $1 WHERE kind = 'mail' AND due > $1
UPDATE work SET due = $1 WHERE kind = 'remind' AND due > $1
UPDATE work SET due = $1 WHERE kind NOT IN ('remind', 'mail') AND due > $1
UPDATE work SET due = $1, tries = 0, parked_at = NULL WHERE id = $2
UPDATE work SET leased_by = $1, lease_until = $2 WHERE id = $3 AND lease_until <= $4 RETURNING kind, subject, newest, tries, wanted
UPDATE work SET leased_by = NULL, lease_until = 0 WHERE lease_until > $1
UPDATE work SET leased_by = NULL, lease_until = 0 WHERE lease_until > 0
UPDATE work SET leased_by = NULL, lease_until = 0, due = $1, last_error = $2, tries = CASE WHEN $3 = 1 THEN tries + 1 ELSE 0 END WHERE id = $4 AND leased_by = $5 AND lease_until = $6
UPDATE work SET leased_by = NULL, lease_until = 0, parked_at = $1, tries = tries + 1, last_error = $2 WHERE id = $3 AND leased_by = $4 AND lease_until = $5
UPDATE work SET leased_by = NULL, lease_until = 0, tries = 0 WHERE id = $1 AND leased_by = $2 AND lease_until = $3
WITH turn AS MATERIALIZED (SELECT id FROM work WHERE parked_at IS NULL AND due <= $1 AND lease_until <= $1 AND kind IN ('account', 'session') ORDER BY urgency, due LIMIT $2) UPDATE work SET leased_by = $3, lease_until = $4 WHERE id IN (SELECT id FROM turn) RETURNING kind, subject, newest, tries, wanted
