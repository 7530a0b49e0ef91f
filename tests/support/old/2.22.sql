BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0584bdc529eb');
CREATE TABLE "datasets" (
	dataset_uuid VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	name VARCHAR(500) NOT NULL, 
	digest VARCHAR(36) NOT NULL, 
	dataset_source_type VARCHAR(36) NOT NULL, 
	dataset_source TEXT NOT NULL, 
	dataset_schema TEXT, 
	dataset_profile TEXT, 
	CONSTRAINT dataset_pk PRIMARY KEY (experiment_id, name, digest), 
	CONSTRAINT fk_datasets_experiment_id_experiments FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE
);
CREATE TABLE experiment_tags (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(5000), 
	experiment_id INTEGER NOT NULL, 
	CONSTRAINT experiment_tag_pk PRIMARY KEY ("key", experiment_id), 
	FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id)
);
CREATE TABLE experiments (
	experiment_id INTEGER NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	artifact_location VARCHAR(256), 
	lifecycle_stage VARCHAR(32), creation_time BIGINT, last_update_time BIGINT, 
	CONSTRAINT experiment_pk PRIMARY KEY (experiment_id), 
	CONSTRAINT experiments_lifecycle_stage CHECK (lifecycle_stage IN ('active', 'deleted')), 
	UNIQUE (name)
);
INSERT INTO "experiments" VALUES(0,'Default','@folder@/mlruns/0','active',1795569817555,1795569817555);
INSERT INTO "experiments" VALUES(1,'here','@here@/1','active',1795569817577,1795569817577);
INSERT INTO "experiments" VALUES(2,'there','@there@/2','active',1795569817580,1795569817580);
INSERT INTO "experiments" VALUES(3,'elsewhere','@elsewhere@/3','active',1795569817581,1795569817581);
INSERT INTO "experiments" VALUES(4,'uri','file://@folder@/mlruns/4','active',1795569817583,1795569817583);
INSERT INTO "experiments" VALUES(5,'path','@folder@/mlruns/5','active',1795569817584,1795569817584);
INSERT INTO "experiments" VALUES(6,'proxied','mlflow-artifacts:/6','active',1795569817588,1795569817588);
CREATE TABLE input_tags (
	input_uuid VARCHAR(36) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	value VARCHAR(500) NOT NULL, 
	CONSTRAINT input_tags_pk PRIMARY KEY (input_uuid, name)
);
CREATE TABLE inputs (
	input_uuid VARCHAR(36) NOT NULL, 
	source_type VARCHAR(36) NOT NULL, 
	source_id VARCHAR(36) NOT NULL, 
	destination_type VARCHAR(36) NOT NULL, 
	destination_id VARCHAR(36) NOT NULL, 
	CONSTRAINT inputs_pk PRIMARY KEY (source_type, source_id, destination_type, destination_id)
);
CREATE TABLE "latest_metrics" (
	"key" VARCHAR(250) NOT NULL, 
	value FLOAT NOT NULL, 
	timestamp BIGINT, 
	step BIGINT NOT NULL, 
	is_nan BOOLEAN NOT NULL, 
	run_uuid VARCHAR(32) NOT NULL, 
	CONSTRAINT latest_metric_pk PRIMARY KEY ("key", run_uuid), 
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid), 
	CHECK (is_nan IN (0, 1))
);
INSERT INTO "latest_metrics" VALUES('loss',0.2,1795569817754,4,0,'70ed1eb2edf84ffe8ecc8248a882efd6');
INSERT INTO "latest_metrics" VALUES('reward',2.0,1795569817754,4,0,'70ed1eb2edf84ffe8ecc8248a882efd6');
INSERT INTO "latest_metrics" VALUES('loss',0.2,1795569818138,4,0,'bf519fb8e61b4bc8b6925016c9d7a54f');
INSERT INTO "latest_metrics" VALUES('reward',2.0,1795569818138,4,0,'bf519fb8e61b4bc8b6925016c9d7a54f');
INSERT INTO "latest_metrics" VALUES('loss',0.2,1795569818235,4,0,'931aa4a4e7c445daa40ca296439ab6d3');
INSERT INTO "latest_metrics" VALUES('reward',2.0,1795569818235,4,0,'931aa4a4e7c445daa40ca296439ab6d3');
INSERT INTO "latest_metrics" VALUES('loss',0.2,1795569818424,4,0,'7ad42ba4347b459289d18c6664aec68a');
INSERT INTO "latest_metrics" VALUES('reward',2.0,1795569818424,4,0,'7ad42ba4347b459289d18c6664aec68a');
INSERT INTO "latest_metrics" VALUES('loss',0.2,1795569818553,4,0,'7e610eecef9448b7a8c6ab4da0de2818');
INSERT INTO "latest_metrics" VALUES('reward',2.0,1795569818553,4,0,'7e610eecef9448b7a8c6ab4da0de2818');
INSERT INTO "latest_metrics" VALUES('loss',0.2,1795569818672,4,0,'27171425ca8a4cf6a583c654fac99743');
INSERT INTO "latest_metrics" VALUES('reward',2.0,1795569818672,4,0,'27171425ca8a4cf6a583c654fac99743');
INSERT INTO "latest_metrics" VALUES('loss',0.2,1795569818792,4,0,'223f2cef10a5471a895444515955f0f9');
INSERT INTO "latest_metrics" VALUES('reward',2.0,1795569818792,4,0,'223f2cef10a5471a895444515955f0f9');
CREATE TABLE "metrics" (
	"key" VARCHAR(250) NOT NULL, 
	value FLOAT NOT NULL, 
	timestamp BIGINT NOT NULL, 
	run_uuid VARCHAR(32) NOT NULL, 
	step BIGINT DEFAULT '0' NOT NULL, 
	is_nan BOOLEAN DEFAULT '0' NOT NULL, 
	CONSTRAINT metric_pk PRIMARY KEY ("key", timestamp, step, run_uuid, value, is_nan), 
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid), 
	CHECK (is_nan IN (0, 1))
);
INSERT INTO "metrics" VALUES('loss',1.0,1795569817735,'70ed1eb2edf84ffe8ecc8248a882efd6',0,0);
INSERT INTO "metrics" VALUES('reward',0.0,1795569817735,'70ed1eb2edf84ffe8ecc8248a882efd6',0,0);
INSERT INTO "metrics" VALUES('loss',0.5,1795569817741,'70ed1eb2edf84ffe8ecc8248a882efd6',1,0);
INSERT INTO "metrics" VALUES('reward',0.5,1795569817741,'70ed1eb2edf84ffe8ecc8248a882efd6',1,0);
INSERT INTO "metrics" VALUES('loss',3.33333333333333314829e-01,1795569817746,'70ed1eb2edf84ffe8ecc8248a882efd6',2,0);
INSERT INTO "metrics" VALUES('reward',1.0,1795569817746,'70ed1eb2edf84ffe8ecc8248a882efd6',2,0);
INSERT INTO "metrics" VALUES('loss',0.25,1795569817750,'70ed1eb2edf84ffe8ecc8248a882efd6',3,0);
INSERT INTO "metrics" VALUES('reward',1.5,1795569817750,'70ed1eb2edf84ffe8ecc8248a882efd6',3,0);
INSERT INTO "metrics" VALUES('loss',0.2,1795569817754,'70ed1eb2edf84ffe8ecc8248a882efd6',4,0);
INSERT INTO "metrics" VALUES('reward',2.0,1795569817754,'70ed1eb2edf84ffe8ecc8248a882efd6',4,0);
INSERT INTO "metrics" VALUES('loss',1.0,1795569818043,'bf519fb8e61b4bc8b6925016c9d7a54f',0,0);
INSERT INTO "metrics" VALUES('reward',0.0,1795569818043,'bf519fb8e61b4bc8b6925016c9d7a54f',0,0);
INSERT INTO "metrics" VALUES('loss',0.5,1795569818066,'bf519fb8e61b4bc8b6925016c9d7a54f',1,0);
INSERT INTO "metrics" VALUES('reward',0.5,1795569818066,'bf519fb8e61b4bc8b6925016c9d7a54f',1,0);
INSERT INTO "metrics" VALUES('loss',3.33333333333333314829e-01,1795569818086,'bf519fb8e61b4bc8b6925016c9d7a54f',2,0);
INSERT INTO "metrics" VALUES('reward',1.0,1795569818086,'bf519fb8e61b4bc8b6925016c9d7a54f',2,0);
INSERT INTO "metrics" VALUES('loss',0.25,1795569818110,'bf519fb8e61b4bc8b6925016c9d7a54f',3,0);
INSERT INTO "metrics" VALUES('reward',1.5,1795569818110,'bf519fb8e61b4bc8b6925016c9d7a54f',3,0);
INSERT INTO "metrics" VALUES('loss',0.2,1795569818138,'bf519fb8e61b4bc8b6925016c9d7a54f',4,0);
INSERT INTO "metrics" VALUES('reward',2.0,1795569818138,'bf519fb8e61b4bc8b6925016c9d7a54f',4,0);
INSERT INTO "metrics" VALUES('loss',1.0,1795569818220,'931aa4a4e7c445daa40ca296439ab6d3',0,0);
INSERT INTO "metrics" VALUES('reward',0.0,1795569818220,'931aa4a4e7c445daa40ca296439ab6d3',0,0);
INSERT INTO "metrics" VALUES('loss',0.5,1795569818224,'931aa4a4e7c445daa40ca296439ab6d3',1,0);
INSERT INTO "metrics" VALUES('reward',0.5,1795569818224,'931aa4a4e7c445daa40ca296439ab6d3',1,0);
INSERT INTO "metrics" VALUES('loss',3.33333333333333314829e-01,1795569818228,'931aa4a4e7c445daa40ca296439ab6d3',2,0);
INSERT INTO "metrics" VALUES('reward',1.0,1795569818228,'931aa4a4e7c445daa40ca296439ab6d3',2,0);
INSERT INTO "metrics" VALUES('loss',0.25,1795569818231,'931aa4a4e7c445daa40ca296439ab6d3',3,0);
INSERT INTO "metrics" VALUES('reward',1.5,1795569818231,'931aa4a4e7c445daa40ca296439ab6d3',3,0);
INSERT INTO "metrics" VALUES('loss',0.2,1795569818235,'931aa4a4e7c445daa40ca296439ab6d3',4,0);
INSERT INTO "metrics" VALUES('reward',2.0,1795569818235,'931aa4a4e7c445daa40ca296439ab6d3',4,0);
INSERT INTO "metrics" VALUES('loss',1.0,1795569818367,'7ad42ba4347b459289d18c6664aec68a',0,0);
INSERT INTO "metrics" VALUES('reward',0.0,1795569818367,'7ad42ba4347b459289d18c6664aec68a',0,0);
INSERT INTO "metrics" VALUES('loss',0.5,1795569818378,'7ad42ba4347b459289d18c6664aec68a',1,0);
INSERT INTO "metrics" VALUES('reward',0.5,1795569818378,'7ad42ba4347b459289d18c6664aec68a',1,0);
INSERT INTO "metrics" VALUES('loss',3.33333333333333314829e-01,1795569818400,'7ad42ba4347b459289d18c6664aec68a',2,0);
INSERT INTO "metrics" VALUES('reward',1.0,1795569818400,'7ad42ba4347b459289d18c6664aec68a',2,0);
INSERT INTO "metrics" VALUES('loss',0.25,1795569818418,'7ad42ba4347b459289d18c6664aec68a',3,0);
INSERT INTO "metrics" VALUES('reward',1.5,1795569818418,'7ad42ba4347b459289d18c6664aec68a',3,0);
INSERT INTO "metrics" VALUES('loss',0.2,1795569818424,'7ad42ba4347b459289d18c6664aec68a',4,0);
INSERT INTO "metrics" VALUES('reward',2.0,1795569818424,'7ad42ba4347b459289d18c6664aec68a',4,0);
INSERT INTO "metrics" VALUES('loss',1.0,1795569818536,'7e610eecef9448b7a8c6ab4da0de2818',0,0);
INSERT INTO "metrics" VALUES('reward',0.0,1795569818536,'7e610eecef9448b7a8c6ab4da0de2818',0,0);
INSERT INTO "metrics" VALUES('loss',0.5,1795569818540,'7e610eecef9448b7a8c6ab4da0de2818',1,0);
INSERT INTO "metrics" VALUES('reward',0.5,1795569818540,'7e610eecef9448b7a8c6ab4da0de2818',1,0);
INSERT INTO "metrics" VALUES('loss',3.33333333333333314829e-01,1795569818545,'7e610eecef9448b7a8c6ab4da0de2818',2,0);
INSERT INTO "metrics" VALUES('reward',1.0,1795569818545,'7e610eecef9448b7a8c6ab4da0de2818',2,0);
INSERT INTO "metrics" VALUES('loss',0.25,1795569818549,'7e610eecef9448b7a8c6ab4da0de2818',3,0);
INSERT INTO "metrics" VALUES('reward',1.5,1795569818549,'7e610eecef9448b7a8c6ab4da0de2818',3,0);
INSERT INTO "metrics" VALUES('loss',0.2,1795569818553,'7e610eecef9448b7a8c6ab4da0de2818',4,0);
INSERT INTO "metrics" VALUES('reward',2.0,1795569818553,'7e610eecef9448b7a8c6ab4da0de2818',4,0);
INSERT INTO "metrics" VALUES('loss',1.0,1795569818655,'27171425ca8a4cf6a583c654fac99743',0,0);
INSERT INTO "metrics" VALUES('reward',0.0,1795569818655,'27171425ca8a4cf6a583c654fac99743',0,0);
INSERT INTO "metrics" VALUES('loss',0.5,1795569818660,'27171425ca8a4cf6a583c654fac99743',1,0);
INSERT INTO "metrics" VALUES('reward',0.5,1795569818660,'27171425ca8a4cf6a583c654fac99743',1,0);
INSERT INTO "metrics" VALUES('loss',3.33333333333333314829e-01,1795569818665,'27171425ca8a4cf6a583c654fac99743',2,0);
INSERT INTO "metrics" VALUES('reward',1.0,1795569818665,'27171425ca8a4cf6a583c654fac99743',2,0);
INSERT INTO "metrics" VALUES('loss',0.25,1795569818669,'27171425ca8a4cf6a583c654fac99743',3,0);
INSERT INTO "metrics" VALUES('reward',1.5,1795569818669,'27171425ca8a4cf6a583c654fac99743',3,0);
INSERT INTO "metrics" VALUES('loss',0.2,1795569818672,'27171425ca8a4cf6a583c654fac99743',4,0);
INSERT INTO "metrics" VALUES('reward',2.0,1795569818672,'27171425ca8a4cf6a583c654fac99743',4,0);
INSERT INTO "metrics" VALUES('loss',1.0,1795569818774,'223f2cef10a5471a895444515955f0f9',0,0);
INSERT INTO "metrics" VALUES('reward',0.0,1795569818774,'223f2cef10a5471a895444515955f0f9',0,0);
INSERT INTO "metrics" VALUES('loss',0.5,1795569818779,'223f2cef10a5471a895444515955f0f9',1,0);
INSERT INTO "metrics" VALUES('reward',0.5,1795569818779,'223f2cef10a5471a895444515955f0f9',1,0);
INSERT INTO "metrics" VALUES('loss',3.33333333333333314829e-01,1795569818784,'223f2cef10a5471a895444515955f0f9',2,0);
INSERT INTO "metrics" VALUES('reward',1.0,1795569818784,'223f2cef10a5471a895444515955f0f9',2,0);
INSERT INTO "metrics" VALUES('loss',0.25,1795569818788,'223f2cef10a5471a895444515955f0f9',3,0);
INSERT INTO "metrics" VALUES('reward',1.5,1795569818788,'223f2cef10a5471a895444515955f0f9',3,0);
INSERT INTO "metrics" VALUES('loss',0.2,1795569818792,'223f2cef10a5471a895444515955f0f9',4,0);
INSERT INTO "metrics" VALUES('reward',2.0,1795569818792,'223f2cef10a5471a895444515955f0f9',4,0);
CREATE TABLE model_version_tags (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(5000), 
	name VARCHAR(256) NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT model_version_tag_pk PRIMARY KEY ("key", name, version), 
	FOREIGN KEY(name, version) REFERENCES model_versions (name, version) ON UPDATE cascade
);
INSERT INTO "model_version_tags" VALUES('kind','notes','net',2);
INSERT INTO "model_version_tags" VALUES('kind','notes','net',4);
INSERT INTO "model_version_tags" VALUES('kind','notes','net',6);
INSERT INTO "model_version_tags" VALUES('kind','notes','net',8);
INSERT INTO "model_version_tags" VALUES('kind','notes','net',10);
INSERT INTO "model_version_tags" VALUES('kind','notes','net',12);
INSERT INTO "model_version_tags" VALUES('kind','notes','net',14);
CREATE TABLE "model_versions" (
	name VARCHAR(256) NOT NULL, 
	version INTEGER NOT NULL, 
	creation_time BIGINT, 
	last_updated_time BIGINT, 
	description VARCHAR(5000), 
	user_id VARCHAR(256), 
	current_stage VARCHAR(20), 
	source VARCHAR(500), 
	run_id VARCHAR(32), 
	status VARCHAR(20), 
	status_message VARCHAR(500), 
	run_link VARCHAR(500), storage_location VARCHAR(500), 
	CONSTRAINT model_version_pk PRIMARY KEY (name, version), 
	FOREIGN KEY(name) REFERENCES registered_models (name) ON UPDATE CASCADE
);
INSERT INTO "model_versions" VALUES('net',1,1795569817927,1795569817927,NULL,NULL,'None','@folder@/mlruns/0/70ed1eb2edf84ffe8ecc8248a882efd6/artifacts/model','70ed1eb2edf84ffe8ecc8248a882efd6','READY',NULL,NULL,'@folder@/mlruns/0/70ed1eb2edf84ffe8ecc8248a882efd6/artifacts/model');
INSERT INTO "model_versions" VALUES('net',2,1795569817932,1795569817932,NULL,NULL,'None','@folder@/mlruns/0/70ed1eb2edf84ffe8ecc8248a882efd6/artifacts/notes','70ed1eb2edf84ffe8ecc8248a882efd6','READY',NULL,NULL,'@folder@/mlruns/0/70ed1eb2edf84ffe8ecc8248a882efd6/artifacts/notes');
INSERT INTO "model_versions" VALUES('net',3,1795569818181,1795569818181,NULL,NULL,'None','@here@/1/bf519fb8e61b4bc8b6925016c9d7a54f/artifacts/model','bf519fb8e61b4bc8b6925016c9d7a54f','READY',NULL,NULL,'@here@/1/bf519fb8e61b4bc8b6925016c9d7a54f/artifacts/model');
INSERT INTO "model_versions" VALUES('net',4,1795569818185,1795569818185,NULL,NULL,'None','@here@/1/bf519fb8e61b4bc8b6925016c9d7a54f/artifacts/notes','bf519fb8e61b4bc8b6925016c9d7a54f','READY',NULL,NULL,'@here@/1/bf519fb8e61b4bc8b6925016c9d7a54f/artifacts/notes');
INSERT INTO "model_versions" VALUES('net',5,1795569818266,1795569818266,NULL,NULL,'None','@there@/2/931aa4a4e7c445daa40ca296439ab6d3/artifacts/model','931aa4a4e7c445daa40ca296439ab6d3','READY',NULL,NULL,'@there@/2/931aa4a4e7c445daa40ca296439ab6d3/artifacts/model');
INSERT INTO "model_versions" VALUES('net',6,1795569818270,1795569818270,NULL,NULL,'None','@there@/2/931aa4a4e7c445daa40ca296439ab6d3/artifacts/notes','931aa4a4e7c445daa40ca296439ab6d3','READY',NULL,NULL,'@there@/2/931aa4a4e7c445daa40ca296439ab6d3/artifacts/notes');
INSERT INTO "model_versions" VALUES('net',7,1795569818474,1795569818474,NULL,NULL,'None','@elsewhere@/3/7ad42ba4347b459289d18c6664aec68a/artifacts/model','7ad42ba4347b459289d18c6664aec68a','READY',NULL,NULL,'@elsewhere@/3/7ad42ba4347b459289d18c6664aec68a/artifacts/model');
INSERT INTO "model_versions" VALUES('net',8,1795569818481,1795569818481,NULL,NULL,'None','@elsewhere@/3/7ad42ba4347b459289d18c6664aec68a/artifacts/notes','7ad42ba4347b459289d18c6664aec68a','READY',NULL,NULL,'@elsewhere@/3/7ad42ba4347b459289d18c6664aec68a/artifacts/notes');
INSERT INTO "model_versions" VALUES('net',9,1795569818599,1795569818599,NULL,NULL,'None','file://@folder@/mlruns/4/7e610eecef9448b7a8c6ab4da0de2818/artifacts/model','7e610eecef9448b7a8c6ab4da0de2818','READY',NULL,NULL,'file://@folder@/mlruns/4/7e610eecef9448b7a8c6ab4da0de2818/artifacts/model');
INSERT INTO "model_versions" VALUES('net',10,1795569818608,1795569818608,NULL,NULL,'None','file://@folder@/mlruns/4/7e610eecef9448b7a8c6ab4da0de2818/artifacts/notes','7e610eecef9448b7a8c6ab4da0de2818','READY',NULL,NULL,'file://@folder@/mlruns/4/7e610eecef9448b7a8c6ab4da0de2818/artifacts/notes');
INSERT INTO "model_versions" VALUES('net',11,1795569818717,1795569818717,NULL,NULL,'None','@folder@/mlruns/5/27171425ca8a4cf6a583c654fac99743/artifacts/model','27171425ca8a4cf6a583c654fac99743','READY',NULL,NULL,'@folder@/mlruns/5/27171425ca8a4cf6a583c654fac99743/artifacts/model');
INSERT INTO "model_versions" VALUES('net',12,1795569818720,1795569818720,NULL,NULL,'None','@folder@/mlruns/5/27171425ca8a4cf6a583c654fac99743/artifacts/notes','27171425ca8a4cf6a583c654fac99743','READY',NULL,NULL,'@folder@/mlruns/5/27171425ca8a4cf6a583c654fac99743/artifacts/notes');
INSERT INTO "model_versions" VALUES('net',13,1795569818834,1795569818834,NULL,NULL,'None','mlflow-artifacts:/6/223f2cef10a5471a895444515955f0f9/artifacts/model','223f2cef10a5471a895444515955f0f9','READY',NULL,NULL,'mlflow-artifacts:/6/223f2cef10a5471a895444515955f0f9/artifacts/model');
INSERT INTO "model_versions" VALUES('net',14,1795569818838,1795569818838,NULL,NULL,'None','mlflow-artifacts:/6/223f2cef10a5471a895444515955f0f9/artifacts/notes','223f2cef10a5471a895444515955f0f9','READY',NULL,NULL,'mlflow-artifacts:/6/223f2cef10a5471a895444515955f0f9/artifacts/notes');
CREATE TABLE "params" (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(8000) NOT NULL, 
	run_uuid VARCHAR(32) NOT NULL, 
	CONSTRAINT param_pk PRIMARY KEY ("key", run_uuid), 
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid)
);
INSERT INTO "params" VALUES('depth','3','70ed1eb2edf84ffe8ecc8248a882efd6');
INSERT INTO "params" VALUES('lr','1e-3','70ed1eb2edf84ffe8ecc8248a882efd6');
INSERT INTO "params" VALUES('depth','3','bf519fb8e61b4bc8b6925016c9d7a54f');
INSERT INTO "params" VALUES('lr','1e-3','bf519fb8e61b4bc8b6925016c9d7a54f');
INSERT INTO "params" VALUES('depth','3','931aa4a4e7c445daa40ca296439ab6d3');
INSERT INTO "params" VALUES('lr','1e-3','931aa4a4e7c445daa40ca296439ab6d3');
INSERT INTO "params" VALUES('depth','3','7ad42ba4347b459289d18c6664aec68a');
INSERT INTO "params" VALUES('lr','1e-3','7ad42ba4347b459289d18c6664aec68a');
INSERT INTO "params" VALUES('depth','3','7e610eecef9448b7a8c6ab4da0de2818');
INSERT INTO "params" VALUES('lr','1e-3','7e610eecef9448b7a8c6ab4da0de2818');
INSERT INTO "params" VALUES('depth','3','27171425ca8a4cf6a583c654fac99743');
INSERT INTO "params" VALUES('lr','1e-3','27171425ca8a4cf6a583c654fac99743');
INSERT INTO "params" VALUES('depth','3','223f2cef10a5471a895444515955f0f9');
INSERT INTO "params" VALUES('lr','1e-3','223f2cef10a5471a895444515955f0f9');
CREATE TABLE registered_model_aliases (
	alias VARCHAR(256) NOT NULL, 
	version INTEGER NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	CONSTRAINT registered_model_alias_pk PRIMARY KEY (name, alias), 
	CONSTRAINT registered_model_alias_name_fkey FOREIGN KEY(name) REFERENCES registered_models (name) ON DELETE cascade ON UPDATE cascade
);
INSERT INTO "registered_model_aliases" VALUES('default-notes',2,'net');
INSERT INTO "registered_model_aliases" VALUES('default',1,'net');
INSERT INTO "registered_model_aliases" VALUES('here-notes',4,'net');
INSERT INTO "registered_model_aliases" VALUES('here',3,'net');
INSERT INTO "registered_model_aliases" VALUES('there-notes',6,'net');
INSERT INTO "registered_model_aliases" VALUES('there',5,'net');
INSERT INTO "registered_model_aliases" VALUES('elsewhere-notes',8,'net');
INSERT INTO "registered_model_aliases" VALUES('elsewhere',7,'net');
INSERT INTO "registered_model_aliases" VALUES('uri-notes',10,'net');
INSERT INTO "registered_model_aliases" VALUES('uri',9,'net');
INSERT INTO "registered_model_aliases" VALUES('path-notes',12,'net');
INSERT INTO "registered_model_aliases" VALUES('path',11,'net');
INSERT INTO "registered_model_aliases" VALUES('proxied-notes',14,'net');
INSERT INTO "registered_model_aliases" VALUES('proxied',13,'net');
CREATE TABLE registered_model_tags (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(5000), 
	name VARCHAR(256) NOT NULL, 
	CONSTRAINT registered_model_tag_pk PRIMARY KEY ("key", name), 
	FOREIGN KEY(name) REFERENCES registered_models (name) ON UPDATE cascade
);
INSERT INTO "registered_model_tags" VALUES('game','basketball','net');
CREATE TABLE registered_models (
	name VARCHAR(256) NOT NULL, 
	creation_time BIGINT, 
	last_updated_time BIGINT, 
	description VARCHAR(5000), 
	CONSTRAINT registered_model_pk PRIMARY KEY (name), 
	UNIQUE (name)
);
INSERT INTO "registered_models" VALUES('net',1795569817570,1795569818838,NULL);
CREATE TABLE "runs" (
	run_uuid VARCHAR(32) NOT NULL, 
	name VARCHAR(250), 
	source_type VARCHAR(20), 
	source_name VARCHAR(500), 
	entry_point_name VARCHAR(50), 
	user_id VARCHAR(256), 
	status VARCHAR(9), 
	start_time BIGINT, 
	end_time BIGINT, 
	source_version VARCHAR(50), 
	lifecycle_stage VARCHAR(20), 
	artifact_uri VARCHAR(200), 
	experiment_id INTEGER, deleted_time BIGINT, 
	CONSTRAINT run_pk PRIMARY KEY (run_uuid), 
	CONSTRAINT runs_lifecycle_stage CHECK (lifecycle_stage IN ('active', 'deleted')), 
	CONSTRAINT source_type CHECK (source_type IN ('NOTEBOOK', 'JOB', 'LOCAL', 'UNKNOWN', 'PROJECT')), 
	FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id), 
	CHECK (status IN ('SCHEDULED', 'FAILED', 'FINISHED', 'RUNNING', 'KILLED'))
);
INSERT INTO "runs" VALUES('70ed1eb2edf84ffe8ecc8248a882efd6','of Default','UNKNOWN','','','ada','FINISHED',1795569817716,1795569817912,'','active','@folder@/mlruns/0/70ed1eb2edf84ffe8ecc8248a882efd6/artifacts',0,NULL);
INSERT INTO "runs" VALUES('bf519fb8e61b4bc8b6925016c9d7a54f','of here','UNKNOWN','','','ada','FINISHED',1795569817993,1795569818169,'','active','@here@/1/bf519fb8e61b4bc8b6925016c9d7a54f/artifacts',1,NULL);
INSERT INTO "runs" VALUES('931aa4a4e7c445daa40ca296439ab6d3','of there','UNKNOWN','','','ada','FINISHED',1795569818212,1795569818256,'','active','@there@/2/931aa4a4e7c445daa40ca296439ab6d3/artifacts',2,NULL);
INSERT INTO "runs" VALUES('7ad42ba4347b459289d18c6664aec68a','of elsewhere','UNKNOWN','','','ada','FINISHED',1795569818333,1795569818460,'','active','@elsewhere@/3/7ad42ba4347b459289d18c6664aec68a/artifacts',3,NULL);
INSERT INTO "runs" VALUES('7e610eecef9448b7a8c6ab4da0de2818','of uri','UNKNOWN','','','ada','FINISHED',1795569818524,1795569818586,'','active','file://@folder@/mlruns/4/7e610eecef9448b7a8c6ab4da0de2818/artifacts',4,NULL);
INSERT INTO "runs" VALUES('27171425ca8a4cf6a583c654fac99743','of path','UNKNOWN','','','ada','FINISHED',1795569818644,1795569818706,'','active','@folder@/mlruns/5/27171425ca8a4cf6a583c654fac99743/artifacts',5,NULL);
INSERT INTO "runs" VALUES('223f2cef10a5471a895444515955f0f9','of proxied','UNKNOWN','','','ada','FINISHED',1795569818764,1795569818820,'','active','mlflow-artifacts:/6/223f2cef10a5471a895444515955f0f9/artifacts',6,NULL);
CREATE TABLE "tags" (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(8000), 
	run_uuid VARCHAR(32) NOT NULL, 
	CONSTRAINT tag_pk PRIMARY KEY ("key", run_uuid), 
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid)
);
INSERT INTO "tags" VALUES('mlflow.user','ada','70ed1eb2edf84ffe8ecc8248a882efd6');
INSERT INTO "tags" VALUES('mlflow.source.name','train.py','70ed1eb2edf84ffe8ecc8248a882efd6');
INSERT INTO "tags" VALUES('mlflow.source.type','LOCAL','70ed1eb2edf84ffe8ecc8248a882efd6');
INSERT INTO "tags" VALUES('court','half','70ed1eb2edf84ffe8ecc8248a882efd6');
INSERT INTO "tags" VALUES('mlflow.runName','of Default','70ed1eb2edf84ffe8ecc8248a882efd6');
INSERT INTO "tags" VALUES('mlflow.log-model.history','[{"run_id": "70ed1eb2edf84ffe8ecc8248a882efd6", "artifact_path": "model", "utc_time_created": "2026-11-25 01:23:37.767366", "model_uuid": "acf0ad48d2ad489bbc3e55d3797b058b", "flavors": {"python_function": {"streamable": false, "cloudpickle_version": "3.1.3", "loader_module": "mlflow.pyfunc.loaders.code_model", "python_version": "3.11.7", "env": {"conda": "conda.yaml", "virtualenv": "python_env.yaml"}, "model_code_path": "@folder@/model.py", "code": null}}}]','70ed1eb2edf84ffe8ecc8248a882efd6');
INSERT INTO "tags" VALUES('mlflow.user','ada','bf519fb8e61b4bc8b6925016c9d7a54f');
INSERT INTO "tags" VALUES('mlflow.source.name','train.py','bf519fb8e61b4bc8b6925016c9d7a54f');
INSERT INTO "tags" VALUES('mlflow.source.type','LOCAL','bf519fb8e61b4bc8b6925016c9d7a54f');
INSERT INTO "tags" VALUES('court','half','bf519fb8e61b4bc8b6925016c9d7a54f');
INSERT INTO "tags" VALUES('mlflow.runName','of here','bf519fb8e61b4bc8b6925016c9d7a54f');
INSERT INTO "tags" VALUES('mlflow.log-model.history','[{"run_id": "bf519fb8e61b4bc8b6925016c9d7a54f", "artifact_path": "model", "utc_time_created": "2026-11-25 01:23:38.156680", "model_uuid": "0f1b54fcf9bf4082b34745fb1788d8aa", "flavors": {"python_function": {"streamable": false, "cloudpickle_version": "3.1.3", "loader_module": "mlflow.pyfunc.loaders.code_model", "python_version": "3.11.7", "env": {"conda": "conda.yaml", "virtualenv": "python_env.yaml"}, "model_code_path": "@folder@/model.py", "code": null}}}]','bf519fb8e61b4bc8b6925016c9d7a54f');
INSERT INTO "tags" VALUES('mlflow.user','ada','931aa4a4e7c445daa40ca296439ab6d3');
INSERT INTO "tags" VALUES('mlflow.source.name','train.py','931aa4a4e7c445daa40ca296439ab6d3');
INSERT INTO "tags" VALUES('mlflow.source.type','LOCAL','931aa4a4e7c445daa40ca296439ab6d3');
INSERT INTO "tags" VALUES('court','half','931aa4a4e7c445daa40ca296439ab6d3');
INSERT INTO "tags" VALUES('mlflow.runName','of there','931aa4a4e7c445daa40ca296439ab6d3');
INSERT INTO "tags" VALUES('mlflow.log-model.history','[{"run_id": "931aa4a4e7c445daa40ca296439ab6d3", "artifact_path": "model", "utc_time_created": "2026-11-25 01:23:38.244332", "model_uuid": "c4ec604159c14e269a5d22a4472ae587", "flavors": {"python_function": {"streamable": false, "cloudpickle_version": "3.1.3", "loader_module": "mlflow.pyfunc.loaders.code_model", "python_version": "3.11.7", "env": {"conda": "conda.yaml", "virtualenv": "python_env.yaml"}, "model_code_path": "@folder@/model.py", "code": null}}}]','931aa4a4e7c445daa40ca296439ab6d3');
INSERT INTO "tags" VALUES('mlflow.user','ada','7ad42ba4347b459289d18c6664aec68a');
INSERT INTO "tags" VALUES('mlflow.source.name','train.py','7ad42ba4347b459289d18c6664aec68a');
INSERT INTO "tags" VALUES('mlflow.source.type','LOCAL','7ad42ba4347b459289d18c6664aec68a');
INSERT INTO "tags" VALUES('court','half','7ad42ba4347b459289d18c6664aec68a');
INSERT INTO "tags" VALUES('mlflow.runName','of elsewhere','7ad42ba4347b459289d18c6664aec68a');
INSERT INTO "tags" VALUES('mlflow.log-model.history','[{"run_id": "7ad42ba4347b459289d18c6664aec68a", "artifact_path": "model", "utc_time_created": "2026-11-25 01:23:38.441859", "model_uuid": "2fa2f92c108d4ac0b0014c67f04935d8", "flavors": {"python_function": {"streamable": false, "cloudpickle_version": "3.1.3", "loader_module": "mlflow.pyfunc.loaders.code_model", "python_version": "3.11.7", "env": {"conda": "conda.yaml", "virtualenv": "python_env.yaml"}, "model_code_path": "@folder@/model.py", "code": null}}}]','7ad42ba4347b459289d18c6664aec68a');
INSERT INTO "tags" VALUES('mlflow.user','ada','7e610eecef9448b7a8c6ab4da0de2818');
INSERT INTO "tags" VALUES('mlflow.source.name','train.py','7e610eecef9448b7a8c6ab4da0de2818');
INSERT INTO "tags" VALUES('mlflow.source.type','LOCAL','7e610eecef9448b7a8c6ab4da0de2818');
INSERT INTO "tags" VALUES('court','half','7e610eecef9448b7a8c6ab4da0de2818');
INSERT INTO "tags" VALUES('mlflow.runName','of uri','7e610eecef9448b7a8c6ab4da0de2818');
INSERT INTO "tags" VALUES('mlflow.log-model.history','[{"run_id": "7e610eecef9448b7a8c6ab4da0de2818", "artifact_path": "model", "utc_time_created": "2026-11-25 01:23:38.570443", "model_uuid": "a46b74c1d2724c5bba5a8000c29ea4d2", "flavors": {"python_function": {"streamable": false, "cloudpickle_version": "3.1.3", "loader_module": "mlflow.pyfunc.loaders.code_model", "python_version": "3.11.7", "env": {"conda": "conda.yaml", "virtualenv": "python_env.yaml"}, "model_code_path": "@folder@/model.py", "code": null}}}]','7e610eecef9448b7a8c6ab4da0de2818');
INSERT INTO "tags" VALUES('mlflow.user','ada','27171425ca8a4cf6a583c654fac99743');
INSERT INTO "tags" VALUES('mlflow.source.name','train.py','27171425ca8a4cf6a583c654fac99743');
INSERT INTO "tags" VALUES('mlflow.source.type','LOCAL','27171425ca8a4cf6a583c654fac99743');
INSERT INTO "tags" VALUES('court','half','27171425ca8a4cf6a583c654fac99743');
INSERT INTO "tags" VALUES('mlflow.runName','of path','27171425ca8a4cf6a583c654fac99743');
INSERT INTO "tags" VALUES('mlflow.log-model.history','[{"run_id": "27171425ca8a4cf6a583c654fac99743", "artifact_path": "model", "utc_time_created": "2026-11-25 01:23:38.683892", "model_uuid": "aefecf01d767469ab72abcb4f0f7176d", "flavors": {"python_function": {"streamable": false, "cloudpickle_version": "3.1.3", "loader_module": "mlflow.pyfunc.loaders.code_model", "python_version": "3.11.7", "env": {"conda": "conda.yaml", "virtualenv": "python_env.yaml"}, "model_code_path": "@folder@/model.py", "code": null}}}]','27171425ca8a4cf6a583c654fac99743');
INSERT INTO "tags" VALUES('mlflow.user','ada','223f2cef10a5471a895444515955f0f9');
INSERT INTO "tags" VALUES('mlflow.source.name','train.py','223f2cef10a5471a895444515955f0f9');
INSERT INTO "tags" VALUES('mlflow.source.type','LOCAL','223f2cef10a5471a895444515955f0f9');
INSERT INTO "tags" VALUES('court','half','223f2cef10a5471a895444515955f0f9');
INSERT INTO "tags" VALUES('mlflow.runName','of proxied','223f2cef10a5471a895444515955f0f9');
INSERT INTO "tags" VALUES('mlflow.log-model.history','[{"run_id": "223f2cef10a5471a895444515955f0f9", "artifact_path": "model", "utc_time_created": "2026-11-25 01:23:38.805719", "model_uuid": "7961c04daf574e26ad6c990efd432f61", "flavors": {"python_function": {"streamable": false, "cloudpickle_version": "3.1.3", "loader_module": "mlflow.pyfunc.loaders.code_model", "python_version": "3.11.7", "env": {"conda": "conda.yaml", "virtualenv": "python_env.yaml"}, "model_code_path": "@folder@/model.py", "code": null}}}]','223f2cef10a5471a895444515955f0f9');
CREATE TABLE trace_info (
	request_id VARCHAR(50) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	timestamp_ms BIGINT NOT NULL, 
	execution_time_ms BIGINT, 
	status VARCHAR(50) NOT NULL, 
	CONSTRAINT trace_info_pk PRIMARY KEY (request_id), 
	CONSTRAINT fk_trace_info_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id)
);
INSERT INTO "trace_info" VALUES('33b86ec1f6ef4b3d86dcb760d662725a',0,1795569817949,8,'OK');
INSERT INTO "trace_info" VALUES('d1d7e2c6d9a34b83a6177498aa27d5c5',1,1795569818198,5,'OK');
INSERT INTO "trace_info" VALUES('58365a28748a4d42b5c80aa612443c62',2,1795569818298,20,'OK');
INSERT INTO "trace_info" VALUES('9329be1bc3dd4b54ac32f2e3fddff036',3,1795569818502,7,'OK');
INSERT INTO "trace_info" VALUES('5887c6d3f8a14f40b8a93798f41da8cc',4,1795569818627,7,'OK');
INSERT INTO "trace_info" VALUES('eccf2b54ce9b472d84ad9e407da457f3',5,1795569818736,14,'OK');
INSERT INTO "trace_info" VALUES('0e95a68883cb4a739e883119ead84353',6,1795569818857,7,'OK');
CREATE TABLE "trace_request_metadata" (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(8000), 
	request_id VARCHAR(50) NOT NULL, 
	CONSTRAINT trace_request_metadata_pk PRIMARY KEY ("key", request_id), 
	CONSTRAINT fk_trace_request_metadata_request_id FOREIGN KEY(request_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace_schema.version','2','33b86ec1f6ef4b3d86dcb760d662725a');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceInputs','{"question": "how much is 2 * 2"}','33b86ec1f6ef4b3d86dcb760d662725a');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceOutputs','{"answer": 4}','33b86ec1f6ef4b3d86dcb760d662725a');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace_schema.version','2','d1d7e2c6d9a34b83a6177498aa27d5c5');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceInputs','{"question": "how much is 2 * 2"}','d1d7e2c6d9a34b83a6177498aa27d5c5');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceOutputs','{"answer": 4}','d1d7e2c6d9a34b83a6177498aa27d5c5');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace_schema.version','2','58365a28748a4d42b5c80aa612443c62');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceInputs','{"question": "how much is 2 * 2"}','58365a28748a4d42b5c80aa612443c62');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceOutputs','{"answer": 4}','58365a28748a4d42b5c80aa612443c62');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace_schema.version','2','9329be1bc3dd4b54ac32f2e3fddff036');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceInputs','{"question": "how much is 2 * 2"}','9329be1bc3dd4b54ac32f2e3fddff036');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceOutputs','{"answer": 4}','9329be1bc3dd4b54ac32f2e3fddff036');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace_schema.version','2','5887c6d3f8a14f40b8a93798f41da8cc');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceInputs','{"question": "how much is 2 * 2"}','5887c6d3f8a14f40b8a93798f41da8cc');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceOutputs','{"answer": 4}','5887c6d3f8a14f40b8a93798f41da8cc');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace_schema.version','2','eccf2b54ce9b472d84ad9e407da457f3');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceInputs','{"question": "how much is 2 * 2"}','eccf2b54ce9b472d84ad9e407da457f3');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceOutputs','{"answer": 4}','eccf2b54ce9b472d84ad9e407da457f3');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace_schema.version','2','0e95a68883cb4a739e883119ead84353');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceInputs','{"question": "how much is 2 * 2"}','0e95a68883cb4a739e883119ead84353');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceOutputs','{"answer": 4}','0e95a68883cb4a739e883119ead84353');
CREATE TABLE "trace_tags" (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(8000), 
	request_id VARCHAR(50) NOT NULL, 
	CONSTRAINT trace_tag_pk PRIMARY KEY ("key", request_id), 
	CONSTRAINT fk_trace_tags_request_id FOREIGN KEY(request_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);
INSERT INTO "trace_tags" VALUES('mlflow.source.name','train.py','33b86ec1f6ef4b3d86dcb760d662725a');
INSERT INTO "trace_tags" VALUES('mlflow.source.type','LOCAL','33b86ec1f6ef4b3d86dcb760d662725a');
INSERT INTO "trace_tags" VALUES('mlflow.traceName','of Default','33b86ec1f6ef4b3d86dcb760d662725a');
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','@folder@/mlruns/0/traces/33b86ec1f6ef4b3d86dcb760d662725a/artifacts','33b86ec1f6ef4b3d86dcb760d662725a');
INSERT INTO "trace_tags" VALUES('mlflow.source.name','train.py','d1d7e2c6d9a34b83a6177498aa27d5c5');
INSERT INTO "trace_tags" VALUES('mlflow.source.type','LOCAL','d1d7e2c6d9a34b83a6177498aa27d5c5');
INSERT INTO "trace_tags" VALUES('mlflow.traceName','of here','d1d7e2c6d9a34b83a6177498aa27d5c5');
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','@here@/1/traces/d1d7e2c6d9a34b83a6177498aa27d5c5/artifacts','d1d7e2c6d9a34b83a6177498aa27d5c5');
INSERT INTO "trace_tags" VALUES('mlflow.source.name','train.py','58365a28748a4d42b5c80aa612443c62');
INSERT INTO "trace_tags" VALUES('mlflow.source.type','LOCAL','58365a28748a4d42b5c80aa612443c62');
INSERT INTO "trace_tags" VALUES('mlflow.traceName','of there','58365a28748a4d42b5c80aa612443c62');
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','@there@/2/traces/58365a28748a4d42b5c80aa612443c62/artifacts','58365a28748a4d42b5c80aa612443c62');
INSERT INTO "trace_tags" VALUES('mlflow.source.name','train.py','9329be1bc3dd4b54ac32f2e3fddff036');
INSERT INTO "trace_tags" VALUES('mlflow.source.type','LOCAL','9329be1bc3dd4b54ac32f2e3fddff036');
INSERT INTO "trace_tags" VALUES('mlflow.traceName','of elsewhere','9329be1bc3dd4b54ac32f2e3fddff036');
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','@elsewhere@/3/traces/9329be1bc3dd4b54ac32f2e3fddff036/artifacts','9329be1bc3dd4b54ac32f2e3fddff036');
INSERT INTO "trace_tags" VALUES('mlflow.source.name','train.py','5887c6d3f8a14f40b8a93798f41da8cc');
INSERT INTO "trace_tags" VALUES('mlflow.source.type','LOCAL','5887c6d3f8a14f40b8a93798f41da8cc');
INSERT INTO "trace_tags" VALUES('mlflow.traceName','of uri','5887c6d3f8a14f40b8a93798f41da8cc');
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','file://@folder@/mlruns/4/traces/5887c6d3f8a14f40b8a93798f41da8cc/artifacts','5887c6d3f8a14f40b8a93798f41da8cc');
INSERT INTO "trace_tags" VALUES('mlflow.source.name','train.py','eccf2b54ce9b472d84ad9e407da457f3');
INSERT INTO "trace_tags" VALUES('mlflow.source.type','LOCAL','eccf2b54ce9b472d84ad9e407da457f3');
INSERT INTO "trace_tags" VALUES('mlflow.traceName','of path','eccf2b54ce9b472d84ad9e407da457f3');
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','@folder@/mlruns/5/traces/eccf2b54ce9b472d84ad9e407da457f3/artifacts','eccf2b54ce9b472d84ad9e407da457f3');
INSERT INTO "trace_tags" VALUES('mlflow.source.name','train.py','0e95a68883cb4a739e883119ead84353');
INSERT INTO "trace_tags" VALUES('mlflow.source.type','LOCAL','0e95a68883cb4a739e883119ead84353');
INSERT INTO "trace_tags" VALUES('mlflow.traceName','of proxied','0e95a68883cb4a739e883119ead84353');
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','mlflow-artifacts:/6/traces/0e95a68883cb4a739e883119ead84353/artifacts','0e95a68883cb4a739e883119ead84353');
CREATE INDEX index_metrics_run_uuid ON metrics (run_uuid);
CREATE INDEX index_latest_metrics_run_uuid ON latest_metrics (run_uuid);
CREATE INDEX index_inputs_destination_type_destination_id_source_type ON inputs (destination_type, destination_id, source_type);
CREATE INDEX index_inputs_input_uuid ON inputs (input_uuid);
CREATE INDEX index_params_run_uuid ON params (run_uuid);
CREATE INDEX index_trace_info_experiment_id_timestamp_ms ON trace_info (experiment_id, timestamp_ms);
CREATE INDEX index_trace_tags_request_id ON trace_tags (request_id);
CREATE INDEX index_trace_request_metadata_request_id ON trace_request_metadata (request_id);
CREATE INDEX index_tags_run_uuid ON tags (run_uuid);
CREATE INDEX index_datasets_dataset_uuid ON datasets (dataset_uuid);
CREATE INDEX index_datasets_experiment_id_dataset_source_type ON datasets (experiment_id, dataset_source_type);
COMMIT;
