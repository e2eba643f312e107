-- A history of schema version 1, as its first release wrote it: two records.
PRAGMA application_id = 1095979865;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE body(record INTEGER PRIMARY KEY, json TEXT NOT NULL);
INSERT INTO "body" VALUES(1,'{"version":1,"run_id":"r1","key":"recipe/esm2_fp32","name":"esm2_fp32","verdict":"passed","summary":"exit code 0","recipe":{"file":"/src/recipes/esm2.yaml","line":1,"digest":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},"parameters":{"model":"esm2","gpus":8},"as_written":{},"labels":{"model":"esm2"},"launcher":"dgxa100","launcher_type":"slurm","image":"","git":{"commit":"beef01","branch":"main","dirty":false},"created":"2026-11-01T00:00:00.000Z","started":"2026-11-01T00:00:00.000Z","ended":"2026-11-01T00:00:10.500Z","queue_seconds":2.5,"run_seconds":8,"attempts":[{"number":1,"repeat":1,"job_id":"11","token":"t11","directory":"/work/11","nodes":["node01","node02"],"gpus":[],"end":{"kind":"exited","exit_code":3},"class":"infra","class_reason":""},{"number":2,"repeat":1,"job_id":"12","token":"t12","directory":"/work/12","nodes":["node01"],"gpus":[],"end":{"kind":"exited","exit_code":0},"class":"","class_reason":""}],"metrics":[{"name":"val_loss","value":3.5}],"findings":[],"warnings":[],"logs":[]}');
INSERT INTO "body" VALUES(2,'{"version":1,"run_id":"r2","key":"recipe/esm2_fp32","name":"esm2_fp32","verdict":"failed","summary":"exit code 1","recipe":{"file":"/src/recipes/esm2.yaml","line":1,"digest":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},"parameters":{"model":"esm2","gpus":8},"as_written":{},"labels":{"model":"esm2"},"launcher":"dgxa100","launcher_type":"slurm","image":"","git":{"commit":"beef02","branch":"main","dirty":false},"created":"2026-11-02T00:00:00.000Z","started":"2026-11-02T00:00:00.000Z","ended":"2026-11-02T00:00:10.500Z","queue_seconds":2.5,"run_seconds":8,"attempts":[{"number":1,"repeat":1,"job_id":"13","token":"t13","directory":"/work/13","nodes":["node02"],"gpus":[],"end":{"kind":"exited","exit_code":1},"class":"real","class_reason":""}],"metrics":[{"name":"val_loss","value":4.5}],"findings":[],"warnings":[],"logs":[]}');
CREATE TABLE job(
  job_id TEXT NOT NULL, record INTEGER NOT NULL,
  PRIMARY KEY(job_id, record)) WITHOUT ROWID;
INSERT INTO "job" VALUES('11',1);
INSERT INTO "job" VALUES('12',1);
INSERT INTO "job" VALUES('13',2);
CREATE TABLE label(              -- which sets of labels hold a label
  label INTEGER NOT NULL, labels INTEGER NOT NULL,
  PRIMARY KEY(label, labels)) WITHOUT ROWID;
INSERT INTO "label" VALUES(7,7);
CREATE TABLE record(
  id INTEGER PRIMARY KEY,
  created INTEGER NOT NULL,      -- milliseconds since 1970, UTC
  run INTEGER NOT NULL,          -- these are words
  key INTEGER NOT NULL,
  launcher INTEGER NOT NULL,
  gpu_model INTEGER NOT NULL,
  branch INTEGER NOT NULL,
  pipeline INTEGER,              -- NULL: none
  git_commit INTEGER NOT NULL,
  labels INTEGER NOT NULL,       -- all "name=value", a line each
  verdict INTEGER NOT NULL,      -- passed, failed, errored, skipped
  flags INTEGER NOT NULL,        -- 1 allowed failure, 2 quarantined, 4 flaky
  gpus INTEGER NOT NULL,
  queue_seconds REAL NOT NULL,
  run_seconds REAL NOT NULL,
  total_seconds REAL NOT NULL,
  job_id TEXT NOT NULL,
  summary TEXT NOT NULL,
  UNIQUE(run, key, created));
INSERT INTO "record" VALUES(1,1793491200000,1,2,3,4,5,NULL,6,7,0,0,8,2.5,8.0,10.5,'12','exit code 0');
INSERT INTO "record" VALUES(2,1793577600000,9,2,3,4,5,NULL,10,7,1,0,8,2.5,8.0,10.5,'13','exit code 1');
CREATE TABLE value(
  key INTEGER NOT NULL, created INTEGER NOT NULL, record INTEGER NOT NULL,
  metric INTEGER NOT NULL,
  value REAL,                    -- NULL: not a number
  PRIMARY KEY(key, created, record, metric)) WITHOUT ROWID;
INSERT INTO "value" VALUES(2,1793491200000,1,8,3.5);
INSERT INTO "value" VALUES(2,1793577600000,2,8,4.5);
CREATE TABLE word(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
INSERT INTO "word" VALUES(1,'r1');
INSERT INTO "word" VALUES(2,'recipe/esm2_fp32');
INSERT INTO "word" VALUES(3,'dgxa100');
INSERT INTO "word" VALUES(4,'');
INSERT INTO "word" VALUES(5,'main');
INSERT INTO "word" VALUES(6,'beef01');
INSERT INTO "word" VALUES(7,'model=esm2');
INSERT INTO "word" VALUES(8,'val_loss');
INSERT INTO "word" VALUES(9,'r2');
INSERT INTO "word" VALUES(10,'beef02');
CREATE INDEX record_created ON record(created);
CREATE INDEX record_series ON record(key, launcher, gpu_model, branch, verdict, created);
CREATE INDEX record_pipeline ON record(pipeline, key, created) WHERE pipeline IS NOT NULL;
CREATE INDEX record_branch ON record(branch, created);
CREATE INDEX record_labels ON record(labels, created);
CREATE INDEX job_record ON job(record);
COMMIT;
