-- The account under which a customer has linked this one again. Such a row has the state 'replaced'.
ALTER TABLE accounts ADD COLUMN replaced_by TEXT;
