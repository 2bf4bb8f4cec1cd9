-- Who lived where on {as_of_date}, as it was known then: DuckDB SQL as an analyst would write it by hand.
-- Reads the views known_<feed>; leaves temporary tables that the feature queries beside this file read.

-- Who lives together is what the engine concluded and is sure of; before it ever concluded anything, the register.
CREATE OR REPLACE TEMP TABLE memberships AS
WITH concluded AS (
    SELECT household_id, membership_id, person_id, address_id, event_date, valid_to,
           birth_date, sex, relation, marital_status, hukou, confidence
    FROM known_household_members
    WHERE certain AND (valid_to IS NULL OR valid_to > event_date)
)
SELECT * FROM concluded
UNION ALL
SELECT household_id, residence_id, person_id, address_id, event_date, valid_to,
       birth_date, sex, relation, marital_status, hukou, NULL
FROM known_residents
WHERE NOT EXISTS (FROM concluded);

-- A spell ending yesterday still covered yesterday, the last whole day we speak of.
CREATE OR REPLACE TEMP TABLE living_somewhere AS
SELECT * FROM memberships WHERE valid_to IS NULL OR valid_to >= DATE '{as_of_date}';

CREATE OR REPLACE TEMP TABLE spine AS
SELECT DISTINCT household_id FROM living_somewhere;

CREATE OR REPLACE TEMP TABLE persons AS
SELECT DISTINCT household_id, person_id FROM living_somewhere;

CREATE OR REPLACE TEMP TABLE past_persons AS
SELECT DISTINCT household_id, person_id
FROM memberships
WHERE (valid_to IS NULL OR valid_to > DATE '{as_of_date}' - 365)
  AND household_id IN (FROM spine);

CREATE OR REPLACE TEMP TABLE lost_persons AS
SELECT household_id, person_id
FROM past_persons
WHERE person_id NOT IN (SELECT person_id FROM living_somewhere);

-- since: since when the person lives at this address, in whichever household.
-- joined: since when the person is of this household, at whichever address.
CREATE OR REPLACE TEMP TABLE members AS
WITH stays AS (
    SELECT person_id, address_id, min(event_date) AS since
    FROM memberships
    GROUP BY ALL
),
first AS (
    SELECT household_id, person_id, min(event_date) AS joined
    FROM memberships
    GROUP BY ALL
),
newest AS (
    FROM living_somewhere
    QUALIFY row_number() OVER (
        PARTITION BY household_id, person_id ORDER BY event_date DESC, membership_id DESC
    ) = 1
)
SELECT n.household_id, n.membership_id, n.person_id, n.address_id, s.since, n.birth_date,
       year(DATE '{as_of_date}') - year(n.birth_date)
         - CASE WHEN strftime(DATE '{as_of_date}', '%m%d') < strftime(n.birth_date, '%m%d')
                THEN 1 ELSE 0 END AS age,
       n.sex, n.relation, n.marital_status, n.hukou, n.event_date, n.confidence, f.joined
FROM newest AS n
JOIN stays AS s USING (person_id, address_id)
JOIN first AS f USING (household_id, person_id);

-- The last membership of everybody who lived in the household within a year.
CREATE OR REPLACE TEMP TABLE past_members AS
SELECT m.household_id, m.person_id, m.birth_date, m.event_date, m.valid_to
FROM memberships AS m
JOIN past_persons USING (household_id, person_id)
QUALIFY row_number() OVER (
    PARTITION BY household_id, person_id ORDER BY m.event_date DESC, m.membership_id DESC
) = 1;

CREATE OR REPLACE TEMP TABLE addresses_now AS
SELECT DISTINCT household_id, address_id FROM living_somewhere;

CREATE OR REPLACE TEMP TABLE own_addresses AS
SELECT household_id, address_id, min(since) AS since
FROM members
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE supplied AS
FROM known_account_links WHERE valid_to IS NULL OR valid_to >= DATE '{as_of_date}';

CREATE OR REPLACE TEMP TABLE accounts_now AS
SELECT DISTINCT household_id, account_id
FROM supplied
JOIN addresses_now USING (address_id)
WHERE accepted;

CREATE OR REPLACE TEMP TABLE own_accounts AS
SELECT household_id, account_id, min(since) AS since
FROM supplied
JOIN own_addresses USING (address_id)
WHERE accepted
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE grids AS
SELECT DISTINCT household_id, grid_id
FROM addresses_now
JOIN known_addresses USING (address_id);

-- The ids visits may be filed under: the household's own, those it absorbed, and the numbers of register
-- households whose head (or else eldest) lives in it. An id belongs to one household.
CREATE OR REPLACE TEMP TABLE filed AS
WITH absorbed AS (
    SELECT household_id, predecessor_id AS filed_id
    FROM known_household_lineage
    WHERE kind = 'merge'
    QUALIFY row_number() OVER (
        PARTITION BY predecessor_id ORDER BY event_date DESC, household_id
    ) = 1
),
own AS (
    SELECT household_id, household_id AS filed_id FROM spine
    UNION ALL
    FROM absorbed
    WHERE household_id IN (FROM spine) AND filed_id NOT IN (FROM spine)
),
books AS (
    SELECT p.household_id, r.household_id AS filed_id
    FROM known_residents AS r
    JOIN persons AS p USING (person_id)
    WHERE r.valid_to IS NULL OR r.valid_to >= DATE '{as_of_date}'
    QUALIFY row_number() OVER (
        PARTITION BY r.household_id
        ORDER BY r.relation <> 'head', r.birth_date, r.person_id, p.household_id
    ) = 1
)
FROM own
UNION ALL
FROM books WHERE filed_id NOT IN (SELECT filed_id FROM own);

CREATE OR REPLACE TEMP TABLE doubtful_persons AS
SELECT DISTINCT household_id, person_id
FROM known_household_members
WHERE NOT certain
  AND (valid_to IS NULL OR valid_to >= DATE '{as_of_date}')
  AND household_id IN (FROM spine)
  AND (household_id, person_id) NOT IN (SELECT (household_id, person_id) FROM past_persons);

-- An account that may supply the home (from 30 percent on) and is counted to no other.
CREATE OR REPLACE TEMP TABLE doubtful_accounts AS
SELECT DISTINCT household_id, account_id
FROM supplied
JOIN addresses_now USING (address_id)
WHERE NOT accepted
  AND probability >= 0.30
  AND account_id NOT IN (SELECT account_id FROM accounts_now);
