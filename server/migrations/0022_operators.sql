-- Email addresses of operators, encrypted, from which the blind indexes beside them are renewed when the key is. NULL where
-- nothing is encrypted.
ALTER TABLE code_limits ADD COLUMN address TEXT;
ALTER TABLE known_browsers ADD COLUMN address TEXT;
-- ID token of the sign-in at the issuer, encrypted, with which the operator is signed out there, too.
ALTER TABLE operator_sessions ADD COLUMN id_token TEXT;
