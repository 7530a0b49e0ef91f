BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('b7e4c1a90f23');
CREATE TABLE assessments (
	assessment_id VARCHAR(50) NOT NULL, 
	trace_id VARCHAR(50) NOT NULL, 
	name VARCHAR(250) NOT NULL, 
	assessment_type VARCHAR(20) NOT NULL, 
	value TEXT NOT NULL, 
	error TEXT, 
	created_timestamp BIGINT NOT NULL, 
	last_updated_timestamp BIGINT NOT NULL, 
	source_type VARCHAR(50) NOT NULL, 
	source_id VARCHAR(250), 
	run_id VARCHAR(32), 
	span_id VARCHAR(50), 
	rationale TEXT, 
	overrides VARCHAR(50), 
	valid BOOLEAN NOT NULL, 
	assessment_metadata TEXT, 
	CONSTRAINT assessments_pk PRIMARY KEY (assessment_id), 
	CONSTRAINT fk_assessments_trace_id FOREIGN KEY(trace_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);
CREATE TABLE budget_policies (
	budget_policy_id VARCHAR(36) NOT NULL, 
	budget_unit VARCHAR(32) NOT NULL, 
	budget_amount FLOAT NOT NULL, 
	duration_unit VARCHAR(32) NOT NULL, 
	duration_value INTEGER NOT NULL, 
	target_scope VARCHAR(32) NOT NULL, 
	budget_action VARCHAR(32) NOT NULL, 
	created_by VARCHAR(255), 
	created_at BIGINT NOT NULL, 
	last_updated_by VARCHAR(255), 
	last_updated_at BIGINT NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT budget_policies_pk PRIMARY KEY (budget_policy_id)
);
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
CREATE TABLE endpoint_bindings (
	endpoint_id VARCHAR(36) NOT NULL, 
	resource_type VARCHAR(50) NOT NULL, 
	resource_id VARCHAR(255) NOT NULL, 
	created_at BIGINT NOT NULL, 
	created_by VARCHAR(255), 
	last_updated_at BIGINT NOT NULL, 
	last_updated_by VARCHAR(255), display_name VARCHAR(255), 
	CONSTRAINT endpoint_bindings_pk PRIMARY KEY (endpoint_id, resource_type, resource_id), 
	CONSTRAINT fk_endpoint_bindings_endpoint_id FOREIGN KEY(endpoint_id) REFERENCES endpoints (endpoint_id) ON DELETE CASCADE
);
CREATE TABLE endpoint_model_mappings (
	mapping_id VARCHAR(36) NOT NULL, 
	endpoint_id VARCHAR(36) NOT NULL, 
	model_definition_id VARCHAR(36) NOT NULL, 
	weight FLOAT NOT NULL, 
	created_by VARCHAR(255), 
	created_at BIGINT NOT NULL, linkage_type VARCHAR(64) DEFAULT 'PRIMARY' NOT NULL, fallback_order INTEGER, 
	CONSTRAINT endpoint_model_mappings_pk PRIMARY KEY (mapping_id), 
	CONSTRAINT fk_endpoint_model_mappings_endpoint_id FOREIGN KEY(endpoint_id) REFERENCES endpoints (endpoint_id) ON DELETE CASCADE, 
	CONSTRAINT fk_endpoint_model_mappings_model_definition_id FOREIGN KEY(model_definition_id) REFERENCES model_definitions (model_definition_id)
);
CREATE TABLE endpoint_tags (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(5000), 
	endpoint_id VARCHAR(36) NOT NULL, 
	CONSTRAINT endpoint_tag_pk PRIMARY KEY ("key", endpoint_id), 
	CONSTRAINT fk_endpoint_tags_endpoint_id FOREIGN KEY(endpoint_id) REFERENCES endpoints (endpoint_id) ON DELETE CASCADE
);
CREATE TABLE "endpoints" (
	endpoint_id VARCHAR(36) NOT NULL, 
	name VARCHAR(255), 
	created_by VARCHAR(255), 
	created_at BIGINT NOT NULL, 
	last_updated_by VARCHAR(255), 
	last_updated_at BIGINT NOT NULL, 
	routing_strategy VARCHAR(64), 
	fallback_config_json TEXT, 
	experiment_id INTEGER, 
	usage_tracking BOOLEAN DEFAULT '0' NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT endpoints_pk PRIMARY KEY (endpoint_id), 
	CONSTRAINT fk_endpoints_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE SET NULL, 
	CONSTRAINT uq_endpoints_workspace_name UNIQUE (workspace, name)
);
CREATE TABLE entity_associations (
	association_id VARCHAR(36) NOT NULL, 
	source_type VARCHAR(36) NOT NULL, 
	source_id VARCHAR(36) NOT NULL, 
	destination_type VARCHAR(36) NOT NULL, 
	destination_id VARCHAR(36) NOT NULL, 
	created_time BIGINT, 
	CONSTRAINT entity_associations_pk PRIMARY KEY (source_type, source_id, destination_type, destination_id)
);
CREATE TABLE "evaluation_dataset_records" (
	dataset_record_id VARCHAR(36) NOT NULL, 
	dataset_id VARCHAR(36) NOT NULL, 
	inputs JSON NOT NULL, 
	expectations JSON, 
	tags JSON, 
	source JSON, 
	source_id VARCHAR(36), 
	source_type VARCHAR(255), 
	created_time BIGINT, 
	last_update_time BIGINT, 
	created_by VARCHAR(255), 
	last_updated_by VARCHAR(255), 
	input_hash VARCHAR(64) NOT NULL, outputs JSON, 
	CONSTRAINT evaluation_dataset_records_pk PRIMARY KEY (dataset_record_id), 
	CONSTRAINT fk_evaluation_dataset_records_dataset_id FOREIGN KEY(dataset_id) REFERENCES evaluation_datasets (dataset_id) ON DELETE CASCADE, 
	CONSTRAINT unique_dataset_input UNIQUE (dataset_id, input_hash)
);
CREATE TABLE evaluation_dataset_tags (
	dataset_id VARCHAR(36) NOT NULL, 
	"key" VARCHAR(255) NOT NULL, 
	value VARCHAR(5000), 
	CONSTRAINT evaluation_dataset_tags_pk PRIMARY KEY (dataset_id, "key"), 
	CONSTRAINT fk_evaluation_dataset_tags_dataset_id FOREIGN KEY(dataset_id) REFERENCES evaluation_datasets (dataset_id) ON DELETE CASCADE
);
CREATE TABLE "evaluation_datasets" (
	dataset_id VARCHAR(36) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	schema TEXT, 
	profile TEXT, 
	digest VARCHAR(64), 
	created_time BIGINT, 
	last_update_time BIGINT, 
	created_by VARCHAR(255), 
	last_updated_by VARCHAR(255), 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT evaluation_datasets_pk PRIMARY KEY (dataset_id)
);
CREATE TABLE experiment_tags (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(5000), 
	experiment_id INTEGER NOT NULL, 
	CONSTRAINT experiment_tag_pk PRIMARY KEY ("key", experiment_id), 
	FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id)
);
CREATE TABLE "experiments" (
	experiment_id INTEGER NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	artifact_location VARCHAR(256), 
	lifecycle_stage VARCHAR(32), 
	creation_time BIGINT, 
	last_update_time BIGINT, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT experiment_pk PRIMARY KEY (experiment_id), 
	CONSTRAINT experiments_lifecycle_stage CHECK (lifecycle_stage IN ('active', 'deleted')), 
	CONSTRAINT uq_experiments_workspace_name UNIQUE (workspace, name)
);
INSERT INTO "experiments" VALUES(0,'Default','@folder@/mlruns/0','active',1795569828250,1795569828250,'default');
INSERT INTO "experiments" VALUES(1,'here','@here@/1','active',1795569828291,1795569828291,'default');
INSERT INTO "experiments" VALUES(2,'there','@there@/2','active',1795569828295,1795569828295,'default');
INSERT INTO "experiments" VALUES(3,'elsewhere','@elsewhere@/3','active',1795569828298,1795569828298,'default');
INSERT INTO "experiments" VALUES(4,'uri','file://@folder@/mlruns/4','active',1795569828300,1795569828300,'default');
INSERT INTO "experiments" VALUES(5,'path','@folder@/mlruns/5','active',1795569828301,1795569828301,'default');
INSERT INTO "experiments" VALUES(6,'proxied','mlflow-artifacts:/6','active',1795569828304,1795569828304,'default');
CREATE TABLE guardrail_configs (
	endpoint_id VARCHAR(36) NOT NULL, 
	guardrail_id VARCHAR(36) NOT NULL, 
	execution_order INTEGER, 
	created_by VARCHAR(255), 
	created_at BIGINT NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT guardrail_configs_pk PRIMARY KEY (endpoint_id, guardrail_id), 
	CONSTRAINT fk_guardrail_configs_endpoint_id FOREIGN KEY(endpoint_id) REFERENCES endpoints (endpoint_id) ON DELETE CASCADE, 
	CONSTRAINT fk_guardrail_configs_guardrail_id FOREIGN KEY(guardrail_id) REFERENCES guardrails (guardrail_id) ON DELETE CASCADE
);
CREATE TABLE guardrails (
	guardrail_id VARCHAR(36) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	scorer_id VARCHAR(36) NOT NULL, 
	scorer_version INTEGER NOT NULL, 
	stage VARCHAR(32) NOT NULL, 
	action VARCHAR(32) NOT NULL, 
	action_endpoint_id VARCHAR(36), 
	created_by VARCHAR(255), 
	created_at BIGINT NOT NULL, 
	last_updated_by VARCHAR(255), 
	last_updated_at BIGINT NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT guardrails_pk PRIMARY KEY (guardrail_id), 
	CONSTRAINT fk_guardrails_scorer_version FOREIGN KEY(scorer_id, scorer_version) REFERENCES scorer_versions (scorer_id, scorer_version), 
	CONSTRAINT fk_guardrails_action_endpoint_id FOREIGN KEY(action_endpoint_id) REFERENCES endpoints (endpoint_id) ON DELETE SET NULL
);
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
	destination_id VARCHAR(36) NOT NULL, step BIGINT DEFAULT '0' NOT NULL, 
	CONSTRAINT inputs_pk PRIMARY KEY (source_type, source_id, destination_type, destination_id)
);
INSERT INTO "inputs" VALUES('0b64d743bdfa42a39ff72ca409052f88','RUN_OUTPUT','314247404af6423a868207ff1f73310c','MODEL_OUTPUT','m-c7f0a1a06045420da25df260396ce322',0);
INSERT INTO "inputs" VALUES('b15bf9e97699479e80adfddf65d06ed4','RUN_OUTPUT','8e53bc2fffa34e99a85b8446ad1df61b','MODEL_OUTPUT','m-c9f4b8746a244268a3e2ba12d62083a4',0);
INSERT INTO "inputs" VALUES('afeda019ba324202bdf7bd1ffa22112b','RUN_OUTPUT','1e2567b4e4294213af2c1047b7baa45b','MODEL_OUTPUT','m-4983a8bc330646c6908a67516ebe9511',0);
INSERT INTO "inputs" VALUES('0007f4cef3a8457a98287c95519e13e3','RUN_OUTPUT','f433acc9fdf64ff49be17307816e2ec9','MODEL_OUTPUT','m-2c53687114dd4839997b2f4cc85dbd04',0);
INSERT INTO "inputs" VALUES('317707f39e3e4d47b01c8b0216c018e0','RUN_OUTPUT','c74915e7862441c0894d4dc304a5ce32','MODEL_OUTPUT','m-f434ab42988444e9a382657b7ff1c388',0);
INSERT INTO "inputs" VALUES('cc7e30221c2f4369844b536af2ce37fa','RUN_OUTPUT','326f0ebd3c9148f497289628dc3b6a6f','MODEL_OUTPUT','m-afadd417510942ceac75695da4bc487c',0);
INSERT INTO "inputs" VALUES('fee8d457ba1c4c559ab15de16e01f518','RUN_OUTPUT','ed9ae294e7c443b6ac3b12478b534fd5','MODEL_OUTPUT','m-a26024a5f44f4ac5acd7fbf90a6675e3',0);
CREATE TABLE issues (
	issue_id VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	name VARCHAR(250) NOT NULL, 
	description TEXT NOT NULL, 
	status VARCHAR(50) NOT NULL, 
	severity VARCHAR(50), 
	root_causes TEXT, 
	source_run_id VARCHAR(32), 
	categories TEXT, 
	created_timestamp BIGINT NOT NULL, 
	last_updated_timestamp BIGINT NOT NULL, 
	created_by VARCHAR(255), 
	CONSTRAINT issues_pk PRIMARY KEY (issue_id), 
	CONSTRAINT fk_issues_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE, 
	CONSTRAINT fk_issues_source_run_id FOREIGN KEY(source_run_id) REFERENCES runs (run_uuid) ON DELETE SET NULL
);
CREATE TABLE "jobs" (
	id VARCHAR(36) NOT NULL, 
	creation_time BIGINT NOT NULL, 
	job_name VARCHAR(500) NOT NULL, 
	params TEXT NOT NULL, 
	timeout FLOAT, 
	status INTEGER NOT NULL, 
	result TEXT, 
	retry_count INTEGER NOT NULL, 
	last_update_time BIGINT NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, status_details JSON, 
	CONSTRAINT jobs_pk PRIMARY KEY (id)
);
CREATE TABLE label_schemas (
	schema_id VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	name VARCHAR(250) NOT NULL, 
	type VARCHAR(16) NOT NULL, 
	instruction TEXT, 
	enable_comment BOOLEAN DEFAULT '0' NOT NULL, 
	input_type VARCHAR(32) NOT NULL, 
	input_config TEXT NOT NULL, 
	created_by VARCHAR(255), 
	created_time BIGINT NOT NULL, 
	last_update_time BIGINT NOT NULL, 
	is_default BOOLEAN DEFAULT 0 NOT NULL, 
	CONSTRAINT label_schemas_pk PRIMARY KEY (schema_id), 
	CONSTRAINT fk_label_schemas_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE, 
	CONSTRAINT uq_label_schemas_exp_name UNIQUE (experiment_id, name)
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
INSERT INTO "latest_metrics" VALUES('loss',0.2,1795569828479,4,0,'314247404af6423a868207ff1f73310c');
INSERT INTO "latest_metrics" VALUES('reward',2.0,1795569828479,4,0,'314247404af6423a868207ff1f73310c');
INSERT INTO "latest_metrics" VALUES('loss',0.2,1795569829132,4,0,'8e53bc2fffa34e99a85b8446ad1df61b');
INSERT INTO "latest_metrics" VALUES('reward',2.0,1795569829132,4,0,'8e53bc2fffa34e99a85b8446ad1df61b');
INSERT INTO "latest_metrics" VALUES('loss',0.2,1795569829490,4,0,'1e2567b4e4294213af2c1047b7baa45b');
INSERT INTO "latest_metrics" VALUES('reward',2.0,1795569829490,4,0,'1e2567b4e4294213af2c1047b7baa45b');
INSERT INTO "latest_metrics" VALUES('loss',0.2,1795569829892,4,0,'f433acc9fdf64ff49be17307816e2ec9');
INSERT INTO "latest_metrics" VALUES('reward',2.0,1795569829892,4,0,'f433acc9fdf64ff49be17307816e2ec9');
INSERT INTO "latest_metrics" VALUES('loss',0.2,1795569830124,4,0,'c74915e7862441c0894d4dc304a5ce32');
INSERT INTO "latest_metrics" VALUES('reward',2.0,1795569830124,4,0,'c74915e7862441c0894d4dc304a5ce32');
INSERT INTO "latest_metrics" VALUES('loss',0.2,1795569830268,4,0,'326f0ebd3c9148f497289628dc3b6a6f');
INSERT INTO "latest_metrics" VALUES('reward',2.0,1795569830268,4,0,'326f0ebd3c9148f497289628dc3b6a6f');
INSERT INTO "latest_metrics" VALUES('loss',0.2,1795569830427,4,0,'ed9ae294e7c443b6ac3b12478b534fd5');
INSERT INTO "latest_metrics" VALUES('reward',2.0,1795569830427,4,0,'ed9ae294e7c443b6ac3b12478b534fd5');
CREATE TABLE logged_model_metrics (
	model_id VARCHAR(36) NOT NULL, 
	metric_name VARCHAR(500) NOT NULL, 
	metric_timestamp_ms BIGINT NOT NULL, 
	metric_step BIGINT NOT NULL, 
	metric_value FLOAT, 
	experiment_id INTEGER NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	dataset_uuid VARCHAR(36), 
	dataset_name VARCHAR(500), 
	dataset_digest VARCHAR(36), 
	CONSTRAINT logged_model_metrics_pk PRIMARY KEY (model_id, metric_name, metric_timestamp_ms, metric_step, run_id), 
	CONSTRAINT fk_logged_model_metrics_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id), 
	CONSTRAINT fk_logged_model_metrics_model_id FOREIGN KEY(model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE, 
	CONSTRAINT fk_logged_model_metrics_run_id FOREIGN KEY(run_id) REFERENCES runs (run_uuid) ON DELETE CASCADE
);
INSERT INTO "logged_model_metrics" VALUES('m-c7f0a1a06045420da25df260396ce322','loss',1795569828461,0,1.0,0,'314247404af6423a868207ff1f73310c',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-c7f0a1a06045420da25df260396ce322','reward',1795569828461,0,0.0,0,'314247404af6423a868207ff1f73310c',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-c9f4b8746a244268a3e2ba12d62083a4','loss',1795569829106,0,1.0,1,'8e53bc2fffa34e99a85b8446ad1df61b',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-c9f4b8746a244268a3e2ba12d62083a4','reward',1795569829106,0,0.0,1,'8e53bc2fffa34e99a85b8446ad1df61b',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-4983a8bc330646c6908a67516ebe9511','loss',1795569829408,0,1.0,2,'1e2567b4e4294213af2c1047b7baa45b',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-4983a8bc330646c6908a67516ebe9511','reward',1795569829408,0,0.0,2,'1e2567b4e4294213af2c1047b7baa45b',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-2c53687114dd4839997b2f4cc85dbd04','loss',1795569829861,0,1.0,3,'f433acc9fdf64ff49be17307816e2ec9',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-2c53687114dd4839997b2f4cc85dbd04','reward',1795569829861,0,0.0,3,'f433acc9fdf64ff49be17307816e2ec9',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-f434ab42988444e9a382657b7ff1c388','loss',1795569830100,0,1.0,4,'c74915e7862441c0894d4dc304a5ce32',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-f434ab42988444e9a382657b7ff1c388','reward',1795569830100,0,0.0,4,'c74915e7862441c0894d4dc304a5ce32',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-afadd417510942ceac75695da4bc487c','loss',1795569830253,0,1.0,5,'326f0ebd3c9148f497289628dc3b6a6f',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-afadd417510942ceac75695da4bc487c','reward',1795569830253,0,0.0,5,'326f0ebd3c9148f497289628dc3b6a6f',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-a26024a5f44f4ac5acd7fbf90a6675e3','loss',1795569830411,0,1.0,6,'ed9ae294e7c443b6ac3b12478b534fd5',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-a26024a5f44f4ac5acd7fbf90a6675e3','reward',1795569830411,0,0.0,6,'ed9ae294e7c443b6ac3b12478b534fd5',NULL,NULL,NULL);
CREATE TABLE logged_model_params (
	model_id VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	param_key VARCHAR(255) NOT NULL, 
	param_value TEXT NOT NULL, 
	CONSTRAINT logged_model_params_pk PRIMARY KEY (model_id, param_key), 
	CONSTRAINT fk_logged_model_params_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id), 
	CONSTRAINT fk_logged_model_params_model_id FOREIGN KEY(model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE
);
INSERT INTO "logged_model_params" VALUES('m-c7f0a1a06045420da25df260396ce322',0,'depth','3');
INSERT INTO "logged_model_params" VALUES('m-c7f0a1a06045420da25df260396ce322',0,'lr','1e-3');
INSERT INTO "logged_model_params" VALUES('m-c9f4b8746a244268a3e2ba12d62083a4',1,'depth','3');
INSERT INTO "logged_model_params" VALUES('m-c9f4b8746a244268a3e2ba12d62083a4',1,'lr','1e-3');
INSERT INTO "logged_model_params" VALUES('m-4983a8bc330646c6908a67516ebe9511',2,'depth','3');
INSERT INTO "logged_model_params" VALUES('m-4983a8bc330646c6908a67516ebe9511',2,'lr','1e-3');
INSERT INTO "logged_model_params" VALUES('m-2c53687114dd4839997b2f4cc85dbd04',3,'depth','3');
INSERT INTO "logged_model_params" VALUES('m-2c53687114dd4839997b2f4cc85dbd04',3,'lr','1e-3');
INSERT INTO "logged_model_params" VALUES('m-f434ab42988444e9a382657b7ff1c388',4,'depth','3');
INSERT INTO "logged_model_params" VALUES('m-f434ab42988444e9a382657b7ff1c388',4,'lr','1e-3');
INSERT INTO "logged_model_params" VALUES('m-afadd417510942ceac75695da4bc487c',5,'depth','3');
INSERT INTO "logged_model_params" VALUES('m-afadd417510942ceac75695da4bc487c',5,'lr','1e-3');
INSERT INTO "logged_model_params" VALUES('m-a26024a5f44f4ac5acd7fbf90a6675e3',6,'depth','3');
INSERT INTO "logged_model_params" VALUES('m-a26024a5f44f4ac5acd7fbf90a6675e3',6,'lr','1e-3');
CREATE TABLE logged_model_tags (
	model_id VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	tag_key VARCHAR(255) NOT NULL, 
	tag_value TEXT NOT NULL, 
	CONSTRAINT logged_model_tags_pk PRIMARY KEY (model_id, tag_key), 
	CONSTRAINT fk_logged_model_tags_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id), 
	CONSTRAINT fk_logged_model_tags_model_id FOREIGN KEY(model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE
);
INSERT INTO "logged_model_tags" VALUES('m-c7f0a1a06045420da25df260396ce322',0,'mlflow.user','ada');
INSERT INTO "logged_model_tags" VALUES('m-c7f0a1a06045420da25df260396ce322',0,'mlflow.source.name','train.py');
INSERT INTO "logged_model_tags" VALUES('m-c7f0a1a06045420da25df260396ce322',0,'mlflow.source.type','LOCAL');
INSERT INTO "logged_model_tags" VALUES('m-c7f0a1a06045420da25df260396ce322',0,'mlflow.modelVersions','[{"name": "net", "version": 1}]');
INSERT INTO "logged_model_tags" VALUES('m-c9f4b8746a244268a3e2ba12d62083a4',1,'mlflow.user','ada');
INSERT INTO "logged_model_tags" VALUES('m-c9f4b8746a244268a3e2ba12d62083a4',1,'mlflow.source.name','train.py');
INSERT INTO "logged_model_tags" VALUES('m-c9f4b8746a244268a3e2ba12d62083a4',1,'mlflow.source.type','LOCAL');
INSERT INTO "logged_model_tags" VALUES('m-c9f4b8746a244268a3e2ba12d62083a4',1,'mlflow.modelVersions','[{"name": "net", "version": 3}]');
INSERT INTO "logged_model_tags" VALUES('m-4983a8bc330646c6908a67516ebe9511',2,'mlflow.user','ada');
INSERT INTO "logged_model_tags" VALUES('m-4983a8bc330646c6908a67516ebe9511',2,'mlflow.source.name','train.py');
INSERT INTO "logged_model_tags" VALUES('m-4983a8bc330646c6908a67516ebe9511',2,'mlflow.source.type','LOCAL');
INSERT INTO "logged_model_tags" VALUES('m-4983a8bc330646c6908a67516ebe9511',2,'mlflow.modelVersions','[{"name": "net", "version": 5}]');
INSERT INTO "logged_model_tags" VALUES('m-2c53687114dd4839997b2f4cc85dbd04',3,'mlflow.user','ada');
INSERT INTO "logged_model_tags" VALUES('m-2c53687114dd4839997b2f4cc85dbd04',3,'mlflow.source.name','train.py');
INSERT INTO "logged_model_tags" VALUES('m-2c53687114dd4839997b2f4cc85dbd04',3,'mlflow.source.type','LOCAL');
INSERT INTO "logged_model_tags" VALUES('m-2c53687114dd4839997b2f4cc85dbd04',3,'mlflow.modelVersions','[{"name": "net", "version": 7}]');
INSERT INTO "logged_model_tags" VALUES('m-f434ab42988444e9a382657b7ff1c388',4,'mlflow.user','ada');
INSERT INTO "logged_model_tags" VALUES('m-f434ab42988444e9a382657b7ff1c388',4,'mlflow.source.name','train.py');
INSERT INTO "logged_model_tags" VALUES('m-f434ab42988444e9a382657b7ff1c388',4,'mlflow.source.type','LOCAL');
INSERT INTO "logged_model_tags" VALUES('m-f434ab42988444e9a382657b7ff1c388',4,'mlflow.modelVersions','[{"name": "net", "version": 9}]');
INSERT INTO "logged_model_tags" VALUES('m-afadd417510942ceac75695da4bc487c',5,'mlflow.user','ada');
INSERT INTO "logged_model_tags" VALUES('m-afadd417510942ceac75695da4bc487c',5,'mlflow.source.name','train.py');
INSERT INTO "logged_model_tags" VALUES('m-afadd417510942ceac75695da4bc487c',5,'mlflow.source.type','LOCAL');
INSERT INTO "logged_model_tags" VALUES('m-afadd417510942ceac75695da4bc487c',5,'mlflow.modelVersions','[{"name": "net", "version": 11}]');
INSERT INTO "logged_model_tags" VALUES('m-a26024a5f44f4ac5acd7fbf90a6675e3',6,'mlflow.user','ada');
INSERT INTO "logged_model_tags" VALUES('m-a26024a5f44f4ac5acd7fbf90a6675e3',6,'mlflow.source.name','train.py');
INSERT INTO "logged_model_tags" VALUES('m-a26024a5f44f4ac5acd7fbf90a6675e3',6,'mlflow.source.type','LOCAL');
INSERT INTO "logged_model_tags" VALUES('m-a26024a5f44f4ac5acd7fbf90a6675e3',6,'mlflow.modelVersions','[{"name": "net", "version": 13}]');
CREATE TABLE logged_models (
	model_id VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	name VARCHAR(500) NOT NULL, 
	artifact_location VARCHAR(1000) NOT NULL, 
	creation_timestamp_ms BIGINT NOT NULL, 
	last_updated_timestamp_ms BIGINT NOT NULL, 
	status INTEGER NOT NULL, 
	lifecycle_stage VARCHAR(32), 
	model_type VARCHAR(500), 
	source_run_id VARCHAR(32), 
	status_message VARCHAR(1000), 
	CONSTRAINT logged_models_pk PRIMARY KEY (model_id), 
	CONSTRAINT logged_models_lifecycle_stage_check CHECK (lifecycle_stage IN ('active', 'deleted')), 
	CONSTRAINT fk_logged_models_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE
);
INSERT INTO "logged_models" VALUES('m-c7f0a1a06045420da25df260396ce322',0,'model','@folder@/mlruns/0/models/m-c7f0a1a06045420da25df260396ce322/artifacts',1795569828500,1795569828678,2,'active',NULL,'314247404af6423a868207ff1f73310c',NULL);
INSERT INTO "logged_models" VALUES('m-c9f4b8746a244268a3e2ba12d62083a4',1,'model','@here@/1/models/m-c9f4b8746a244268a3e2ba12d62083a4/artifacts',1795569829154,1795569829198,2,'active',NULL,'8e53bc2fffa34e99a85b8446ad1df61b',NULL);
INSERT INTO "logged_models" VALUES('m-4983a8bc330646c6908a67516ebe9511',2,'model','@there@/2/models/m-4983a8bc330646c6908a67516ebe9511/artifacts',1795569829537,1795569829613,2,'active',NULL,'1e2567b4e4294213af2c1047b7baa45b',NULL);
INSERT INTO "logged_models" VALUES('m-2c53687114dd4839997b2f4cc85dbd04',3,'model','@elsewhere@/3/models/m-2c53687114dd4839997b2f4cc85dbd04/artifacts',1795569829916,1795569829955,2,'active',NULL,'f433acc9fdf64ff49be17307816e2ec9',NULL);
INSERT INTO "logged_models" VALUES('m-f434ab42988444e9a382657b7ff1c388',4,'model','file://@folder@/mlruns/4/models/m-f434ab42988444e9a382657b7ff1c388/artifacts',1795569830142,1795569830168,2,'active',NULL,'c74915e7862441c0894d4dc304a5ce32',NULL);
INSERT INTO "logged_models" VALUES('m-afadd417510942ceac75695da4bc487c',5,'model','@folder@/mlruns/5/models/m-afadd417510942ceac75695da4bc487c/artifacts',1795569830285,1795569830315,2,'active',NULL,'326f0ebd3c9148f497289628dc3b6a6f',NULL);
INSERT INTO "logged_models" VALUES('m-a26024a5f44f4ac5acd7fbf90a6675e3',6,'model','mlflow-artifacts:/6/models/m-a26024a5f44f4ac5acd7fbf90a6675e3/artifacts',1795569830450,1795569830480,2,'active',NULL,'ed9ae294e7c443b6ac3b12478b534fd5',NULL);
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
INSERT INTO "metrics" VALUES('loss',1.0,1795569828461,'314247404af6423a868207ff1f73310c',0,0);
INSERT INTO "metrics" VALUES('reward',0.0,1795569828461,'314247404af6423a868207ff1f73310c',0,0);
INSERT INTO "metrics" VALUES('loss',0.5,1795569828467,'314247404af6423a868207ff1f73310c',1,0);
INSERT INTO "metrics" VALUES('reward',0.5,1795569828467,'314247404af6423a868207ff1f73310c',1,0);
INSERT INTO "metrics" VALUES('loss',3.33333333333333314829e-01,1795569828472,'314247404af6423a868207ff1f73310c',2,0);
INSERT INTO "metrics" VALUES('reward',1.0,1795569828472,'314247404af6423a868207ff1f73310c',2,0);
INSERT INTO "metrics" VALUES('loss',0.25,1795569828476,'314247404af6423a868207ff1f73310c',3,0);
INSERT INTO "metrics" VALUES('reward',1.5,1795569828476,'314247404af6423a868207ff1f73310c',3,0);
INSERT INTO "metrics" VALUES('loss',0.2,1795569828479,'314247404af6423a868207ff1f73310c',4,0);
INSERT INTO "metrics" VALUES('reward',2.0,1795569828479,'314247404af6423a868207ff1f73310c',4,0);
INSERT INTO "metrics" VALUES('loss',1.0,1795569829106,'8e53bc2fffa34e99a85b8446ad1df61b',0,0);
INSERT INTO "metrics" VALUES('reward',0.0,1795569829106,'8e53bc2fffa34e99a85b8446ad1df61b',0,0);
INSERT INTO "metrics" VALUES('loss',0.5,1795569829111,'8e53bc2fffa34e99a85b8446ad1df61b',1,0);
INSERT INTO "metrics" VALUES('reward',0.5,1795569829111,'8e53bc2fffa34e99a85b8446ad1df61b',1,0);
INSERT INTO "metrics" VALUES('loss',3.33333333333333314829e-01,1795569829124,'8e53bc2fffa34e99a85b8446ad1df61b',2,0);
INSERT INTO "metrics" VALUES('reward',1.0,1795569829124,'8e53bc2fffa34e99a85b8446ad1df61b',2,0);
INSERT INTO "metrics" VALUES('loss',0.25,1795569829128,'8e53bc2fffa34e99a85b8446ad1df61b',3,0);
INSERT INTO "metrics" VALUES('reward',1.5,1795569829128,'8e53bc2fffa34e99a85b8446ad1df61b',3,0);
INSERT INTO "metrics" VALUES('loss',0.2,1795569829132,'8e53bc2fffa34e99a85b8446ad1df61b',4,0);
INSERT INTO "metrics" VALUES('reward',2.0,1795569829132,'8e53bc2fffa34e99a85b8446ad1df61b',4,0);
INSERT INTO "metrics" VALUES('loss',1.0,1795569829408,'1e2567b4e4294213af2c1047b7baa45b',0,0);
INSERT INTO "metrics" VALUES('reward',0.0,1795569829408,'1e2567b4e4294213af2c1047b7baa45b',0,0);
INSERT INTO "metrics" VALUES('loss',0.5,1795569829426,'1e2567b4e4294213af2c1047b7baa45b',1,0);
INSERT INTO "metrics" VALUES('reward',0.5,1795569829426,'1e2567b4e4294213af2c1047b7baa45b',1,0);
INSERT INTO "metrics" VALUES('loss',3.33333333333333314829e-01,1795569829450,'1e2567b4e4294213af2c1047b7baa45b',2,0);
INSERT INTO "metrics" VALUES('reward',1.0,1795569829450,'1e2567b4e4294213af2c1047b7baa45b',2,0);
INSERT INTO "metrics" VALUES('loss',0.25,1795569829459,'1e2567b4e4294213af2c1047b7baa45b',3,0);
INSERT INTO "metrics" VALUES('reward',1.5,1795569829459,'1e2567b4e4294213af2c1047b7baa45b',3,0);
INSERT INTO "metrics" VALUES('loss',0.2,1795569829490,'1e2567b4e4294213af2c1047b7baa45b',4,0);
INSERT INTO "metrics" VALUES('reward',2.0,1795569829490,'1e2567b4e4294213af2c1047b7baa45b',4,0);
INSERT INTO "metrics" VALUES('loss',1.0,1795569829861,'f433acc9fdf64ff49be17307816e2ec9',0,0);
INSERT INTO "metrics" VALUES('reward',0.0,1795569829861,'f433acc9fdf64ff49be17307816e2ec9',0,0);
INSERT INTO "metrics" VALUES('loss',0.5,1795569829870,'f433acc9fdf64ff49be17307816e2ec9',1,0);
INSERT INTO "metrics" VALUES('reward',0.5,1795569829870,'f433acc9fdf64ff49be17307816e2ec9',1,0);
INSERT INTO "metrics" VALUES('loss',3.33333333333333314829e-01,1795569829878,'f433acc9fdf64ff49be17307816e2ec9',2,0);
INSERT INTO "metrics" VALUES('reward',1.0,1795569829878,'f433acc9fdf64ff49be17307816e2ec9',2,0);
INSERT INTO "metrics" VALUES('loss',0.25,1795569829884,'f433acc9fdf64ff49be17307816e2ec9',3,0);
INSERT INTO "metrics" VALUES('reward',1.5,1795569829884,'f433acc9fdf64ff49be17307816e2ec9',3,0);
INSERT INTO "metrics" VALUES('loss',0.2,1795569829892,'f433acc9fdf64ff49be17307816e2ec9',4,0);
INSERT INTO "metrics" VALUES('reward',2.0,1795569829892,'f433acc9fdf64ff49be17307816e2ec9',4,0);
INSERT INTO "metrics" VALUES('loss',1.0,1795569830100,'c74915e7862441c0894d4dc304a5ce32',0,0);
INSERT INTO "metrics" VALUES('reward',0.0,1795569830100,'c74915e7862441c0894d4dc304a5ce32',0,0);
INSERT INTO "metrics" VALUES('loss',0.5,1795569830109,'c74915e7862441c0894d4dc304a5ce32',1,0);
INSERT INTO "metrics" VALUES('reward',0.5,1795569830109,'c74915e7862441c0894d4dc304a5ce32',1,0);
INSERT INTO "metrics" VALUES('loss',3.33333333333333314829e-01,1795569830116,'c74915e7862441c0894d4dc304a5ce32',2,0);
INSERT INTO "metrics" VALUES('reward',1.0,1795569830116,'c74915e7862441c0894d4dc304a5ce32',2,0);
INSERT INTO "metrics" VALUES('loss',0.25,1795569830120,'c74915e7862441c0894d4dc304a5ce32',3,0);
INSERT INTO "metrics" VALUES('reward',1.5,1795569830120,'c74915e7862441c0894d4dc304a5ce32',3,0);
INSERT INTO "metrics" VALUES('loss',0.2,1795569830124,'c74915e7862441c0894d4dc304a5ce32',4,0);
INSERT INTO "metrics" VALUES('reward',2.0,1795569830124,'c74915e7862441c0894d4dc304a5ce32',4,0);
INSERT INTO "metrics" VALUES('loss',1.0,1795569830253,'326f0ebd3c9148f497289628dc3b6a6f',0,0);
INSERT INTO "metrics" VALUES('reward',0.0,1795569830253,'326f0ebd3c9148f497289628dc3b6a6f',0,0);
INSERT INTO "metrics" VALUES('loss',0.5,1795569830256,'326f0ebd3c9148f497289628dc3b6a6f',1,0);
INSERT INTO "metrics" VALUES('reward',0.5,1795569830256,'326f0ebd3c9148f497289628dc3b6a6f',1,0);
INSERT INTO "metrics" VALUES('loss',3.33333333333333314829e-01,1795569830260,'326f0ebd3c9148f497289628dc3b6a6f',2,0);
INSERT INTO "metrics" VALUES('reward',1.0,1795569830260,'326f0ebd3c9148f497289628dc3b6a6f',2,0);
INSERT INTO "metrics" VALUES('loss',0.25,1795569830264,'326f0ebd3c9148f497289628dc3b6a6f',3,0);
INSERT INTO "metrics" VALUES('reward',1.5,1795569830264,'326f0ebd3c9148f497289628dc3b6a6f',3,0);
INSERT INTO "metrics" VALUES('loss',0.2,1795569830268,'326f0ebd3c9148f497289628dc3b6a6f',4,0);
INSERT INTO "metrics" VALUES('reward',2.0,1795569830268,'326f0ebd3c9148f497289628dc3b6a6f',4,0);
INSERT INTO "metrics" VALUES('loss',1.0,1795569830411,'ed9ae294e7c443b6ac3b12478b534fd5',0,0);
INSERT INTO "metrics" VALUES('reward',0.0,1795569830411,'ed9ae294e7c443b6ac3b12478b534fd5',0,0);
INSERT INTO "metrics" VALUES('loss',0.5,1795569830415,'ed9ae294e7c443b6ac3b12478b534fd5',1,0);
INSERT INTO "metrics" VALUES('reward',0.5,1795569830415,'ed9ae294e7c443b6ac3b12478b534fd5',1,0);
INSERT INTO "metrics" VALUES('loss',3.33333333333333314829e-01,1795569830419,'ed9ae294e7c443b6ac3b12478b534fd5',2,0);
INSERT INTO "metrics" VALUES('reward',1.0,1795569830419,'ed9ae294e7c443b6ac3b12478b534fd5',2,0);
INSERT INTO "metrics" VALUES('loss',0.25,1795569830423,'ed9ae294e7c443b6ac3b12478b534fd5',3,0);
INSERT INTO "metrics" VALUES('reward',1.5,1795569830423,'ed9ae294e7c443b6ac3b12478b534fd5',3,0);
INSERT INTO "metrics" VALUES('loss',0.2,1795569830427,'ed9ae294e7c443b6ac3b12478b534fd5',4,0);
INSERT INTO "metrics" VALUES('reward',2.0,1795569830427,'ed9ae294e7c443b6ac3b12478b534fd5',4,0);
CREATE TABLE "model_definitions" (
	model_definition_id VARCHAR(36) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	secret_id VARCHAR(36), 
	provider VARCHAR(64) NOT NULL, 
	model_name VARCHAR(256) NOT NULL, 
	created_by VARCHAR(255), 
	created_at BIGINT NOT NULL, 
	last_updated_by VARCHAR(255), 
	last_updated_at BIGINT NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT model_definitions_pk PRIMARY KEY (model_definition_id), 
	CONSTRAINT fk_model_definitions_secret_id FOREIGN KEY(secret_id) REFERENCES secrets (secret_id) ON DELETE SET NULL, 
	CONSTRAINT uq_model_definitions_workspace_name UNIQUE (workspace, name)
);
CREATE TABLE "model_version_tags" (
	"key" VARCHAR(250) NOT NULL, 
	value TEXT, 
	name VARCHAR(256) NOT NULL, 
	version INTEGER NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT model_version_tag_pk PRIMARY KEY (workspace, "key", name, version), 
	CONSTRAINT fk_model_version_tags_model_versions FOREIGN KEY(workspace, name, version) REFERENCES model_versions (workspace, name, version) ON UPDATE CASCADE
);
INSERT INTO "model_version_tags" VALUES('kind','notes','net',2,'default');
INSERT INTO "model_version_tags" VALUES('kind','notes','net',4,'default');
INSERT INTO "model_version_tags" VALUES('kind','notes','net',6,'default');
INSERT INTO "model_version_tags" VALUES('kind','notes','net',8,'default');
INSERT INTO "model_version_tags" VALUES('kind','notes','net',10,'default');
INSERT INTO "model_version_tags" VALUES('kind','notes','net',12,'default');
INSERT INTO "model_version_tags" VALUES('kind','notes','net',14,'default');
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
	run_link VARCHAR(500), 
	storage_location VARCHAR(500), 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT model_version_pk PRIMARY KEY (workspace, name, version), 
	CONSTRAINT fk_model_versions_registered_models FOREIGN KEY(workspace, name) REFERENCES registered_models (workspace, name) ON UPDATE CASCADE
);
INSERT INTO "model_versions" VALUES('net',1,1795569828966,1795569828966,NULL,NULL,'None','models:/m-c7f0a1a06045420da25df260396ce322','314247404af6423a868207ff1f73310c','READY',NULL,NULL,'@folder@/mlruns/0/models/m-c7f0a1a06045420da25df260396ce322/artifacts','default');
INSERT INTO "model_versions" VALUES('net',2,1795569829003,1795569829003,NULL,NULL,'None','@folder@/mlruns/0/314247404af6423a868207ff1f73310c/artifacts/notes','314247404af6423a868207ff1f73310c','READY',NULL,NULL,'@folder@/mlruns/0/314247404af6423a868207ff1f73310c/artifacts/notes','default');
INSERT INTO "model_versions" VALUES('net',3,1795569829233,1795569829233,NULL,NULL,'None','models:/m-c9f4b8746a244268a3e2ba12d62083a4','8e53bc2fffa34e99a85b8446ad1df61b','READY',NULL,NULL,'@here@/1/models/m-c9f4b8746a244268a3e2ba12d62083a4/artifacts','default');
INSERT INTO "model_versions" VALUES('net',4,1795569829258,1795569829258,NULL,NULL,'None','@here@/1/8e53bc2fffa34e99a85b8446ad1df61b/artifacts/notes','8e53bc2fffa34e99a85b8446ad1df61b','READY',NULL,NULL,'@here@/1/8e53bc2fffa34e99a85b8446ad1df61b/artifacts/notes','default');
INSERT INTO "model_versions" VALUES('net',5,1795569829683,1795569829683,NULL,NULL,'None','models:/m-4983a8bc330646c6908a67516ebe9511','1e2567b4e4294213af2c1047b7baa45b','READY',NULL,NULL,'@there@/2/models/m-4983a8bc330646c6908a67516ebe9511/artifacts','default');
INSERT INTO "model_versions" VALUES('net',6,1795569829730,1795569829730,NULL,NULL,'None','@there@/2/1e2567b4e4294213af2c1047b7baa45b/artifacts/notes','1e2567b4e4294213af2c1047b7baa45b','READY',NULL,NULL,'@there@/2/1e2567b4e4294213af2c1047b7baa45b/artifacts/notes','default');
INSERT INTO "model_versions" VALUES('net',7,1795569829987,1795569829987,NULL,NULL,'None','models:/m-2c53687114dd4839997b2f4cc85dbd04','f433acc9fdf64ff49be17307816e2ec9','READY',NULL,NULL,'@elsewhere@/3/models/m-2c53687114dd4839997b2f4cc85dbd04/artifacts','default');
INSERT INTO "model_versions" VALUES('net',8,1795569830000,1795569830000,NULL,NULL,'None','@elsewhere@/3/f433acc9fdf64ff49be17307816e2ec9/artifacts/notes','f433acc9fdf64ff49be17307816e2ec9','READY',NULL,NULL,'@elsewhere@/3/f433acc9fdf64ff49be17307816e2ec9/artifacts/notes','default');
INSERT INTO "model_versions" VALUES('net',9,1795569830192,1795569830192,NULL,NULL,'None','models:/m-f434ab42988444e9a382657b7ff1c388','c74915e7862441c0894d4dc304a5ce32','READY',NULL,NULL,'file://@folder@/mlruns/4/models/m-f434ab42988444e9a382657b7ff1c388/artifacts','default');
INSERT INTO "model_versions" VALUES('net',10,1795569830201,1795569830201,NULL,NULL,'None','file://@folder@/mlruns/4/c74915e7862441c0894d4dc304a5ce32/artifacts/notes','c74915e7862441c0894d4dc304a5ce32','READY',NULL,NULL,'file://@folder@/mlruns/4/c74915e7862441c0894d4dc304a5ce32/artifacts/notes','default');
INSERT INTO "model_versions" VALUES('net',11,1795569830339,1795569830339,NULL,NULL,'None','models:/m-afadd417510942ceac75695da4bc487c','326f0ebd3c9148f497289628dc3b6a6f','READY',NULL,NULL,'@folder@/mlruns/5/models/m-afadd417510942ceac75695da4bc487c/artifacts','default');
INSERT INTO "model_versions" VALUES('net',12,1795569830353,1795569830353,NULL,NULL,'None','@folder@/mlruns/5/326f0ebd3c9148f497289628dc3b6a6f/artifacts/notes','326f0ebd3c9148f497289628dc3b6a6f','READY',NULL,NULL,'@folder@/mlruns/5/326f0ebd3c9148f497289628dc3b6a6f/artifacts/notes','default');
INSERT INTO "model_versions" VALUES('net',13,1795569830508,1795569830508,NULL,NULL,'None','models:/m-a26024a5f44f4ac5acd7fbf90a6675e3','ed9ae294e7c443b6ac3b12478b534fd5','READY',NULL,NULL,'mlflow-artifacts:/6/models/m-a26024a5f44f4ac5acd7fbf90a6675e3/artifacts','default');
INSERT INTO "model_versions" VALUES('net',14,1795569830520,1795569830520,NULL,NULL,'None','mlflow-artifacts:/6/ed9ae294e7c443b6ac3b12478b534fd5/artifacts/notes','ed9ae294e7c443b6ac3b12478b534fd5','READY',NULL,NULL,'mlflow-artifacts:/6/ed9ae294e7c443b6ac3b12478b534fd5/artifacts/notes','default');
CREATE TABLE online_scoring_configs (
	online_scoring_config_id VARCHAR(36) NOT NULL, 
	scorer_id VARCHAR(36) NOT NULL, 
	sample_rate FLOAT NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	filter_string TEXT, 
	CONSTRAINT online_scoring_config_pk PRIMARY KEY (online_scoring_config_id), 
	CONSTRAINT fk_online_scoring_configs_scorer_id FOREIGN KEY(scorer_id) REFERENCES scorers (scorer_id) ON DELETE CASCADE, 
	CONSTRAINT fk_online_scoring_configs_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id)
);
CREATE TABLE "params" (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(8000) NOT NULL, 
	run_uuid VARCHAR(32) NOT NULL, 
	CONSTRAINT param_pk PRIMARY KEY ("key", run_uuid), 
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid)
);
INSERT INTO "params" VALUES('depth','3','314247404af6423a868207ff1f73310c');
INSERT INTO "params" VALUES('lr','1e-3','314247404af6423a868207ff1f73310c');
INSERT INTO "params" VALUES('depth','3','8e53bc2fffa34e99a85b8446ad1df61b');
INSERT INTO "params" VALUES('lr','1e-3','8e53bc2fffa34e99a85b8446ad1df61b');
INSERT INTO "params" VALUES('depth','3','1e2567b4e4294213af2c1047b7baa45b');
INSERT INTO "params" VALUES('lr','1e-3','1e2567b4e4294213af2c1047b7baa45b');
INSERT INTO "params" VALUES('depth','3','f433acc9fdf64ff49be17307816e2ec9');
INSERT INTO "params" VALUES('lr','1e-3','f433acc9fdf64ff49be17307816e2ec9');
INSERT INTO "params" VALUES('depth','3','c74915e7862441c0894d4dc304a5ce32');
INSERT INTO "params" VALUES('lr','1e-3','c74915e7862441c0894d4dc304a5ce32');
INSERT INTO "params" VALUES('depth','3','326f0ebd3c9148f497289628dc3b6a6f');
INSERT INTO "params" VALUES('lr','1e-3','326f0ebd3c9148f497289628dc3b6a6f');
INSERT INTO "params" VALUES('depth','3','ed9ae294e7c443b6ac3b12478b534fd5');
INSERT INTO "params" VALUES('lr','1e-3','ed9ae294e7c443b6ac3b12478b534fd5');
CREATE TABLE "registered_model_aliases" (
	alias VARCHAR(256) NOT NULL, 
	version INTEGER NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT registered_model_alias_pk PRIMARY KEY (workspace, name, alias), 
	CONSTRAINT fk_registered_model_aliases_registered_models FOREIGN KEY(workspace, name) REFERENCES registered_models (workspace, name) ON DELETE CASCADE ON UPDATE CASCADE
);
INSERT INTO "registered_model_aliases" VALUES('default-notes',2,'net','default');
INSERT INTO "registered_model_aliases" VALUES('default',1,'net','default');
INSERT INTO "registered_model_aliases" VALUES('here-notes',4,'net','default');
INSERT INTO "registered_model_aliases" VALUES('here',3,'net','default');
INSERT INTO "registered_model_aliases" VALUES('there-notes',6,'net','default');
INSERT INTO "registered_model_aliases" VALUES('there',5,'net','default');
INSERT INTO "registered_model_aliases" VALUES('elsewhere-notes',8,'net','default');
INSERT INTO "registered_model_aliases" VALUES('elsewhere',7,'net','default');
INSERT INTO "registered_model_aliases" VALUES('uri-notes',10,'net','default');
INSERT INTO "registered_model_aliases" VALUES('uri',9,'net','default');
INSERT INTO "registered_model_aliases" VALUES('path-notes',12,'net','default');
INSERT INTO "registered_model_aliases" VALUES('path',11,'net','default');
INSERT INTO "registered_model_aliases" VALUES('proxied-notes',14,'net','default');
INSERT INTO "registered_model_aliases" VALUES('proxied',13,'net','default');
CREATE TABLE "registered_model_tags" (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(5000), 
	name VARCHAR(256) NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT registered_model_tag_pk PRIMARY KEY (workspace, "key", name), 
	CONSTRAINT fk_registered_model_tags_registered_models FOREIGN KEY(workspace, name) REFERENCES registered_models (workspace, name) ON UPDATE CASCADE
);
INSERT INTO "registered_model_tags" VALUES('game','basketball','net','default');
CREATE TABLE "registered_models" (
	name VARCHAR(256) NOT NULL, 
	creation_time BIGINT, 
	last_updated_time BIGINT, 
	description VARCHAR(5000), 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT registered_model_pk PRIMARY KEY (workspace, name)
);
INSERT INTO "registered_models" VALUES('net',1795569828273,1795569830520,NULL,'default');
CREATE TABLE review_queue_items (
	queue_id VARCHAR(36) NOT NULL, 
	item_type VARCHAR(16) NOT NULL, 
	item_id VARCHAR(50) NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	completed_by VARCHAR(250), 
	completed_time_ms BIGINT, 
	creation_time_ms BIGINT NOT NULL, 
	last_update_time_ms BIGINT NOT NULL, 
	CONSTRAINT review_queue_items_pk PRIMARY KEY (queue_id, item_id), 
	CONSTRAINT fk_review_queue_items_queue_id FOREIGN KEY(queue_id) REFERENCES review_queues (queue_id) ON DELETE CASCADE
);
CREATE TABLE review_queue_label_schemas (
	queue_id VARCHAR(36) NOT NULL, 
	schema_id VARCHAR(36) NOT NULL, 
	CONSTRAINT review_queue_label_schemas_pk PRIMARY KEY (queue_id, schema_id), 
	CONSTRAINT fk_review_queue_label_schemas_queue_id FOREIGN KEY(queue_id) REFERENCES review_queues (queue_id) ON DELETE CASCADE
);
CREATE TABLE review_queue_users (
	queue_id VARCHAR(36) NOT NULL, 
	user_id VARCHAR(250) NOT NULL, 
	CONSTRAINT review_queue_users_pk PRIMARY KEY (queue_id, user_id), 
	CONSTRAINT fk_review_queue_users_queue_id FOREIGN KEY(queue_id) REFERENCES review_queues (queue_id) ON DELETE CASCADE
);
CREATE TABLE review_queues (
	queue_id VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	name VARCHAR(250) NOT NULL, 
	queue_type VARCHAR(16) NOT NULL, 
	created_by VARCHAR(255), 
	creation_time_ms BIGINT NOT NULL, 
	last_update_time_ms BIGINT NOT NULL, 
	name_key VARCHAR(250) NOT NULL, 
	CONSTRAINT review_queues_pk PRIMARY KEY (queue_id), 
	CONSTRAINT fk_review_queues_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE, 
	CONSTRAINT uq_review_queues_experiment_name_key UNIQUE (experiment_id, name_key)
);
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
	CONSTRAINT source_type CHECK (source_type IN ('NOTEBOOK', 'JOB', 'LOCAL', 'UNKNOWN', 'PROJECT')), 
	CONSTRAINT runs_lifecycle_stage CHECK (lifecycle_stage IN ('active', 'deleted')), 
	FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id), 
	CHECK (status IN ('SCHEDULED', 'FAILED', 'FINISHED', 'RUNNING', 'KILLED'))
);
INSERT INTO "runs" VALUES('314247404af6423a868207ff1f73310c','of Default','UNKNOWN','','','ada','FINISHED',1795569828444,1795569828730,'','active','@folder@/mlruns/0/314247404af6423a868207ff1f73310c/artifacts',0,NULL);
INSERT INTO "runs" VALUES('8e53bc2fffa34e99a85b8446ad1df61b','of here','UNKNOWN','','','ada','FINISHED',1795569829090,1795569829203,'','active','@here@/1/8e53bc2fffa34e99a85b8446ad1df61b/artifacts',1,NULL);
INSERT INTO "runs" VALUES('1e2567b4e4294213af2c1047b7baa45b','of there','UNKNOWN','','','ada','FINISHED',1795569829386,1795569829642,'','active','@there@/2/1e2567b4e4294213af2c1047b7baa45b/artifacts',2,NULL);
INSERT INTO "runs" VALUES('f433acc9fdf64ff49be17307816e2ec9','of elsewhere','UNKNOWN','','','ada','FINISHED',1795569829848,1795569829960,'','active','@elsewhere@/3/f433acc9fdf64ff49be17307816e2ec9/artifacts',3,NULL);
INSERT INTO "runs" VALUES('c74915e7862441c0894d4dc304a5ce32','of uri','UNKNOWN','','','ada','FINISHED',1795569830087,1795569830172,'','active','file://@folder@/mlruns/4/c74915e7862441c0894d4dc304a5ce32/artifacts',4,NULL);
INSERT INTO "runs" VALUES('326f0ebd3c9148f497289628dc3b6a6f','of path','UNKNOWN','','','ada','FINISHED',1795569830244,1795569830319,'','active','@folder@/mlruns/5/326f0ebd3c9148f497289628dc3b6a6f/artifacts',5,NULL);
INSERT INTO "runs" VALUES('ed9ae294e7c443b6ac3b12478b534fd5','of proxied','UNKNOWN','','','ada','FINISHED',1795569830400,1795569830484,'','active','mlflow-artifacts:/6/ed9ae294e7c443b6ac3b12478b534fd5/artifacts',6,NULL);
CREATE TABLE scorer_versions (
	scorer_id VARCHAR(36) NOT NULL, 
	scorer_version INTEGER NOT NULL, 
	serialized_scorer TEXT NOT NULL, 
	creation_time BIGINT, 
	CONSTRAINT scorer_version_pk PRIMARY KEY (scorer_id, scorer_version), 
	CONSTRAINT fk_scorer_versions_scorer_id FOREIGN KEY(scorer_id) REFERENCES scorers (scorer_id) ON DELETE CASCADE
);
CREATE TABLE scorers (
	experiment_id INTEGER NOT NULL, 
	scorer_name VARCHAR(256) NOT NULL, 
	scorer_id VARCHAR(36) NOT NULL, 
	CONSTRAINT scorer_pk PRIMARY KEY (scorer_id), 
	CONSTRAINT fk_scorers_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE
);
CREATE TABLE "secrets" (
	secret_id VARCHAR(36) NOT NULL, 
	secret_name VARCHAR(255) NOT NULL, 
	encrypted_value BLOB NOT NULL, 
	wrapped_dek BLOB NOT NULL, 
	kek_version INTEGER NOT NULL, 
	masked_value VARCHAR(500) NOT NULL, 
	provider VARCHAR(64), 
	auth_config TEXT, 
	description TEXT, 
	created_by VARCHAR(255), 
	created_at BIGINT NOT NULL, 
	last_updated_by VARCHAR(255), 
	last_updated_at BIGINT NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT secrets_pk PRIMARY KEY (secret_id), 
	CONSTRAINT uq_secrets_workspace_secret_name UNIQUE (workspace, secret_name)
);
CREATE TABLE span_metrics (
	trace_id VARCHAR(50) NOT NULL, 
	span_id VARCHAR(50) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	value FLOAT, 
	CONSTRAINT span_metrics_pk PRIMARY KEY (trace_id, span_id, "key"), 
	CONSTRAINT fk_span_metrics_span FOREIGN KEY(trace_id, span_id) REFERENCES spans (trace_id, span_id) ON DELETE CASCADE
);
CREATE TABLE spans (
	trace_id VARCHAR(50) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	span_id VARCHAR(50) NOT NULL, 
	parent_span_id VARCHAR(50), 
	name TEXT, 
	type VARCHAR(500), 
	status VARCHAR(50) NOT NULL, 
	start_time_unix_nano BIGINT NOT NULL, 
	end_time_unix_nano BIGINT, 
	duration_ns BIGINT GENERATED ALWAYS AS (end_time_unix_nano - start_time_unix_nano) STORED, 
	content TEXT NOT NULL, dimension_attributes JSON, 
	CONSTRAINT spans_pk PRIMARY KEY (trace_id, span_id), 
	CONSTRAINT fk_spans_trace_id FOREIGN KEY(trace_id) REFERENCES trace_info (request_id) ON DELETE CASCADE, 
	CONSTRAINT fk_spans_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id)
);
INSERT INTO "spans" VALUES('tr-e9b61c996ee599e19937a56bc1f62d64',0,'f0220d116e8f25bc',NULL,'of Default','UNKNOWN','OK',1795569829039487421,1795569829040040624,'{"trace_id": "6bYcmW7lmeGZN6VrwfYtZA==", "span_id": "8CINEW6PJbw=", "parent_span_id": null, "name": "of Default", "start_time_unix_nano": 1795569829039487421, "end_time_unix_nano": 1795569829040040624, "events": [], "status": {"code": "STATUS_CODE_OK", "message": ""}, "attributes": {"mlflow.traceRequestId": "\"tr-e9b61c996ee599e19937a56bc1f62d64\"", "mlflow.spanType": "\"UNKNOWN\"", "mlflow.spanInputs": "{\"question\": \"how much is 2 * 2\"}", "mlflow.spanOutputs": "{\"answer\": 4}", "mlflow.spanLogLevel": "10"}, "links": []}','null');
INSERT INTO "spans" VALUES('tr-9f634cdec96f1b67cd90df493bcfb2af',1,'36b9f22751c9a394',NULL,'of here','UNKNOWN','OK',1795569829310778080,1795569829311392284,'{"trace_id": "n2NM3slvG2fNkN9JO8+yrw==", "span_id": "NrnyJ1HJo5Q=", "parent_span_id": null, "name": "of here", "start_time_unix_nano": 1795569829310778080, "end_time_unix_nano": 1795569829311392284, "events": [], "status": {"code": "STATUS_CODE_OK", "message": ""}, "attributes": {"mlflow.traceRequestId": "\"tr-9f634cdec96f1b67cd90df493bcfb2af\"", "mlflow.spanType": "\"UNKNOWN\"", "mlflow.spanInputs": "{\"question\": \"how much is 2 * 2\"}", "mlflow.spanOutputs": "{\"answer\": 4}", "mlflow.spanLogLevel": "10"}, "links": []}','null');
INSERT INTO "spans" VALUES('tr-e8274f93689fc421096f63c291c7fef0',2,'52fc2ab768d88442',NULL,'of there','UNKNOWN','OK',1795569829806159998,1795569829806606051,'{"trace_id": "6CdPk2ifxCEJb2PCkcf+8A==", "span_id": "Uvwqt2jYhEI=", "parent_span_id": null, "name": "of there", "start_time_unix_nano": 1795569829806159998, "end_time_unix_nano": 1795569829806606051, "events": [], "status": {"code": "STATUS_CODE_OK", "message": ""}, "attributes": {"mlflow.traceRequestId": "\"tr-e8274f93689fc421096f63c291c7fef0\"", "mlflow.spanType": "\"UNKNOWN\"", "mlflow.spanInputs": "{\"question\": \"how much is 2 * 2\"}", "mlflow.spanOutputs": "{\"answer\": 4}", "mlflow.spanLogLevel": "10"}, "links": []}','null');
INSERT INTO "spans" VALUES('tr-3948071569f76a625386cc5f72669696',3,'623c482d7a391491',NULL,'of elsewhere','UNKNOWN','OK',1795569830042049403,1795569830042494034,'{"trace_id": "OUgHFWn3amJThsxfcmaWlg==", "span_id": "YjxILXo5FJE=", "parent_span_id": null, "name": "of elsewhere", "start_time_unix_nano": 1795569830042049403, "end_time_unix_nano": 1795569830042494034, "events": [], "status": {"code": "STATUS_CODE_OK", "message": ""}, "attributes": {"mlflow.traceRequestId": "\"tr-3948071569f76a625386cc5f72669696\"", "mlflow.spanType": "\"UNKNOWN\"", "mlflow.spanInputs": "{\"question\": \"how much is 2 * 2\"}", "mlflow.spanOutputs": "{\"answer\": 4}", "mlflow.spanLogLevel": "10"}, "links": []}','null');
INSERT INTO "spans" VALUES('tr-4d857a65b27aefb29937cb94e12c52f9',4,'1351c29032ee6adc',NULL,'of uri','UNKNOWN','OK',1795569830217399914,1795569830217851646,'{"trace_id": "TYV6ZbJ677KZN8uU4SxS+Q==", "span_id": "E1HCkDLuatw=", "parent_span_id": null, "name": "of uri", "start_time_unix_nano": 1795569830217399914, "end_time_unix_nano": 1795569830217851646, "events": [], "status": {"code": "STATUS_CODE_OK", "message": ""}, "attributes": {"mlflow.traceRequestId": "\"tr-4d857a65b27aefb29937cb94e12c52f9\"", "mlflow.spanType": "\"UNKNOWN\"", "mlflow.spanInputs": "{\"question\": \"how much is 2 * 2\"}", "mlflow.spanOutputs": "{\"answer\": 4}", "mlflow.spanLogLevel": "10"}, "links": []}','null');
INSERT INTO "spans" VALUES('tr-7256319b88b3e4f8e2c331b30f1021d2',5,'370eb2efe2b112e7',NULL,'of path','UNKNOWN','OK',1795569830369118384,1795569830369512110,'{"trace_id": "clYxm4iz5PjiwzGzDxAh0g==", "span_id": "Nw6y7+KxEuc=", "parent_span_id": null, "name": "of path", "start_time_unix_nano": 1795569830369118384, "end_time_unix_nano": 1795569830369512110, "events": [], "status": {"code": "STATUS_CODE_OK", "message": ""}, "attributes": {"mlflow.traceRequestId": "\"tr-7256319b88b3e4f8e2c331b30f1021d2\"", "mlflow.spanType": "\"UNKNOWN\"", "mlflow.spanInputs": "{\"question\": \"how much is 2 * 2\"}", "mlflow.spanOutputs": "{\"answer\": 4}", "mlflow.spanLogLevel": "10"}, "links": []}','null');
INSERT INTO "spans" VALUES('tr-9bd1cc8cbd3934abbd05db0dd908ebe0',6,'59634225e55809d0',NULL,'of proxied','UNKNOWN','OK',1795569830543639737,1795569830544054203,'{"trace_id": "m9HMjL05NKu9BdsN2Qjr4A==", "span_id": "WWNCJeVYCdA=", "parent_span_id": null, "name": "of proxied", "start_time_unix_nano": 1795569830543639737, "end_time_unix_nano": 1795569830544054203, "events": [], "status": {"code": "STATUS_CODE_OK", "message": ""}, "attributes": {"mlflow.traceRequestId": "\"tr-9bd1cc8cbd3934abbd05db0dd908ebe0\"", "mlflow.spanType": "\"UNKNOWN\"", "mlflow.spanInputs": "{\"question\": \"how much is 2 * 2\"}", "mlflow.spanOutputs": "{\"answer\": 4}", "mlflow.spanLogLevel": "10"}, "links": []}','null');
CREATE TABLE "tags" (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(8000), 
	run_uuid VARCHAR(32) NOT NULL, 
	CONSTRAINT tag_pk PRIMARY KEY ("key", run_uuid), 
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid)
);
INSERT INTO "tags" VALUES('mlflow.user','ada','314247404af6423a868207ff1f73310c');
INSERT INTO "tags" VALUES('mlflow.source.name','train.py','314247404af6423a868207ff1f73310c');
INSERT INTO "tags" VALUES('mlflow.source.type','LOCAL','314247404af6423a868207ff1f73310c');
INSERT INTO "tags" VALUES('court','half','314247404af6423a868207ff1f73310c');
INSERT INTO "tags" VALUES('mlflow.runName','of Default','314247404af6423a868207ff1f73310c');
INSERT INTO "tags" VALUES('mlflow.user','ada','8e53bc2fffa34e99a85b8446ad1df61b');
INSERT INTO "tags" VALUES('mlflow.source.name','train.py','8e53bc2fffa34e99a85b8446ad1df61b');
INSERT INTO "tags" VALUES('mlflow.source.type','LOCAL','8e53bc2fffa34e99a85b8446ad1df61b');
INSERT INTO "tags" VALUES('court','half','8e53bc2fffa34e99a85b8446ad1df61b');
INSERT INTO "tags" VALUES('mlflow.runName','of here','8e53bc2fffa34e99a85b8446ad1df61b');
INSERT INTO "tags" VALUES('mlflow.user','ada','1e2567b4e4294213af2c1047b7baa45b');
INSERT INTO "tags" VALUES('mlflow.source.name','train.py','1e2567b4e4294213af2c1047b7baa45b');
INSERT INTO "tags" VALUES('mlflow.source.type','LOCAL','1e2567b4e4294213af2c1047b7baa45b');
INSERT INTO "tags" VALUES('court','half','1e2567b4e4294213af2c1047b7baa45b');
INSERT INTO "tags" VALUES('mlflow.runName','of there','1e2567b4e4294213af2c1047b7baa45b');
INSERT INTO "tags" VALUES('mlflow.user','ada','f433acc9fdf64ff49be17307816e2ec9');
INSERT INTO "tags" VALUES('mlflow.source.name','train.py','f433acc9fdf64ff49be17307816e2ec9');
INSERT INTO "tags" VALUES('mlflow.source.type','LOCAL','f433acc9fdf64ff49be17307816e2ec9');
INSERT INTO "tags" VALUES('court','half','f433acc9fdf64ff49be17307816e2ec9');
INSERT INTO "tags" VALUES('mlflow.runName','of elsewhere','f433acc9fdf64ff49be17307816e2ec9');
INSERT INTO "tags" VALUES('mlflow.user','ada','c74915e7862441c0894d4dc304a5ce32');
INSERT INTO "tags" VALUES('mlflow.source.name','train.py','c74915e7862441c0894d4dc304a5ce32');
INSERT INTO "tags" VALUES('mlflow.source.type','LOCAL','c74915e7862441c0894d4dc304a5ce32');
INSERT INTO "tags" VALUES('court','half','c74915e7862441c0894d4dc304a5ce32');
INSERT INTO "tags" VALUES('mlflow.runName','of uri','c74915e7862441c0894d4dc304a5ce32');
INSERT INTO "tags" VALUES('mlflow.user','ada','326f0ebd3c9148f497289628dc3b6a6f');
INSERT INTO "tags" VALUES('mlflow.source.name','train.py','326f0ebd3c9148f497289628dc3b6a6f');
INSERT INTO "tags" VALUES('mlflow.source.type','LOCAL','326f0ebd3c9148f497289628dc3b6a6f');
INSERT INTO "tags" VALUES('court','half','326f0ebd3c9148f497289628dc3b6a6f');
INSERT INTO "tags" VALUES('mlflow.runName','of path','326f0ebd3c9148f497289628dc3b6a6f');
INSERT INTO "tags" VALUES('mlflow.user','ada','ed9ae294e7c443b6ac3b12478b534fd5');
INSERT INTO "tags" VALUES('mlflow.source.name','train.py','ed9ae294e7c443b6ac3b12478b534fd5');
INSERT INTO "tags" VALUES('mlflow.source.type','LOCAL','ed9ae294e7c443b6ac3b12478b534fd5');
INSERT INTO "tags" VALUES('court','half','ed9ae294e7c443b6ac3b12478b534fd5');
INSERT INTO "tags" VALUES('mlflow.runName','of proxied','ed9ae294e7c443b6ac3b12478b534fd5');
CREATE TABLE trace_info (
	request_id VARCHAR(50) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	timestamp_ms BIGINT NOT NULL, 
	execution_time_ms BIGINT, 
	status VARCHAR(50) NOT NULL, client_request_id VARCHAR(50), request_preview VARCHAR(1000), response_preview VARCHAR(1000), db_payload_generation INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT trace_info_pk PRIMARY KEY (request_id), 
	CONSTRAINT fk_trace_info_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id)
);
INSERT INTO "trace_info" VALUES('tr-e9b61c996ee599e19937a56bc1f62d64',0,1795569829039,0,'OK',NULL,'{"question": "how much is 2 * 2"}','{"answer": 4}',2);
INSERT INTO "trace_info" VALUES('tr-9f634cdec96f1b67cd90df493bcfb2af',1,1795569829310,0,'OK',NULL,'{"question": "how much is 2 * 2"}','{"answer": 4}',2);
INSERT INTO "trace_info" VALUES('tr-e8274f93689fc421096f63c291c7fef0',2,1795569829806,0,'OK',NULL,'{"question": "how much is 2 * 2"}','{"answer": 4}',2);
INSERT INTO "trace_info" VALUES('tr-3948071569f76a625386cc5f72669696',3,1795569830042,0,'OK',NULL,'{"question": "how much is 2 * 2"}','{"answer": 4}',2);
INSERT INTO "trace_info" VALUES('tr-4d857a65b27aefb29937cb94e12c52f9',4,1795569830217,0,'OK',NULL,'{"question": "how much is 2 * 2"}','{"answer": 4}',2);
INSERT INTO "trace_info" VALUES('tr-7256319b88b3e4f8e2c331b30f1021d2',5,1795569830369,0,'OK',NULL,'{"question": "how much is 2 * 2"}','{"answer": 4}',2);
INSERT INTO "trace_info" VALUES('tr-9bd1cc8cbd3934abbd05db0dd908ebe0',6,1795569830543,0,'OK',NULL,'{"question": "how much is 2 * 2"}','{"answer": 4}',2);
CREATE TABLE trace_metrics (
	request_id VARCHAR(50) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	value FLOAT, 
	CONSTRAINT trace_metrics_pk PRIMARY KEY (request_id, "key"), 
	CONSTRAINT fk_trace_metrics_request_id FOREIGN KEY(request_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);
CREATE TABLE "trace_request_metadata" (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(8000), 
	request_id VARCHAR(50) NOT NULL, 
	CONSTRAINT trace_request_metadata_pk PRIMARY KEY ("key", request_id), 
	CONSTRAINT fk_trace_request_metadata_request_id FOREIGN KEY(request_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);
INSERT INTO "trace_request_metadata" VALUES('mlflow.user','ada','tr-e9b61c996ee599e19937a56bc1f62d64');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.name','train.py','tr-e9b61c996ee599e19937a56bc1f62d64');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.type','LOCAL','tr-e9b61c996ee599e19937a56bc1f62d64');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.commit','','tr-e9b61c996ee599e19937a56bc1f62d64');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.repoURL','','tr-e9b61c996ee599e19937a56bc1f62d64');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.branch','','tr-e9b61c996ee599e19937a56bc1f62d64');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace_schema.version','3','tr-e9b61c996ee599e19937a56bc1f62d64');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceInputs','{"question": "how much is 2 * 2"}','tr-e9b61c996ee599e19937a56bc1f62d64');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceOutputs','{"answer": 4}','tr-e9b61c996ee599e19937a56bc1f62d64');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.sizeStats','{"total_size_bytes": 1284, "num_spans": 1, "max": 531, "p25": 531, "p50": 531, "p75": 531}','tr-e9b61c996ee599e19937a56bc1f62d64');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.sizeBytes','1284','tr-e9b61c996ee599e19937a56bc1f62d64');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.infoFinalized','true','tr-e9b61c996ee599e19937a56bc1f62d64');
INSERT INTO "trace_request_metadata" VALUES('mlflow.user','ada','tr-9f634cdec96f1b67cd90df493bcfb2af');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.name','train.py','tr-9f634cdec96f1b67cd90df493bcfb2af');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.type','LOCAL','tr-9f634cdec96f1b67cd90df493bcfb2af');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.commit','','tr-9f634cdec96f1b67cd90df493bcfb2af');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.repoURL','','tr-9f634cdec96f1b67cd90df493bcfb2af');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.branch','','tr-9f634cdec96f1b67cd90df493bcfb2af');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace_schema.version','3','tr-9f634cdec96f1b67cd90df493bcfb2af');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceInputs','{"question": "how much is 2 * 2"}','tr-9f634cdec96f1b67cd90df493bcfb2af');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceOutputs','{"answer": 4}','tr-9f634cdec96f1b67cd90df493bcfb2af');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.sizeStats','{"total_size_bytes": 1278, "num_spans": 1, "max": 528, "p25": 528, "p50": 528, "p75": 528}','tr-9f634cdec96f1b67cd90df493bcfb2af');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.sizeBytes','1278','tr-9f634cdec96f1b67cd90df493bcfb2af');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.infoFinalized','true','tr-9f634cdec96f1b67cd90df493bcfb2af');
INSERT INTO "trace_request_metadata" VALUES('mlflow.user','ada','tr-e8274f93689fc421096f63c291c7fef0');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.name','train.py','tr-e8274f93689fc421096f63c291c7fef0');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.type','LOCAL','tr-e8274f93689fc421096f63c291c7fef0');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.commit','','tr-e8274f93689fc421096f63c291c7fef0');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.repoURL','','tr-e8274f93689fc421096f63c291c7fef0');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.branch','','tr-e8274f93689fc421096f63c291c7fef0');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace_schema.version','3','tr-e8274f93689fc421096f63c291c7fef0');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceInputs','{"question": "how much is 2 * 2"}','tr-e8274f93689fc421096f63c291c7fef0');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceOutputs','{"answer": 4}','tr-e8274f93689fc421096f63c291c7fef0');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.sizeStats','{"total_size_bytes": 1280, "num_spans": 1, "max": 529, "p25": 529, "p50": 529, "p75": 529}','tr-e8274f93689fc421096f63c291c7fef0');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.sizeBytes','1280','tr-e8274f93689fc421096f63c291c7fef0');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.infoFinalized','true','tr-e8274f93689fc421096f63c291c7fef0');
INSERT INTO "trace_request_metadata" VALUES('mlflow.user','ada','tr-3948071569f76a625386cc5f72669696');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.name','train.py','tr-3948071569f76a625386cc5f72669696');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.type','LOCAL','tr-3948071569f76a625386cc5f72669696');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.commit','','tr-3948071569f76a625386cc5f72669696');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.repoURL','','tr-3948071569f76a625386cc5f72669696');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.branch','','tr-3948071569f76a625386cc5f72669696');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace_schema.version','3','tr-3948071569f76a625386cc5f72669696');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceInputs','{"question": "how much is 2 * 2"}','tr-3948071569f76a625386cc5f72669696');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceOutputs','{"answer": 4}','tr-3948071569f76a625386cc5f72669696');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.sizeStats','{"total_size_bytes": 1288, "num_spans": 1, "max": 533, "p25": 533, "p50": 533, "p75": 533}','tr-3948071569f76a625386cc5f72669696');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.sizeBytes','1288','tr-3948071569f76a625386cc5f72669696');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.infoFinalized','true','tr-3948071569f76a625386cc5f72669696');
INSERT INTO "trace_request_metadata" VALUES('mlflow.user','ada','tr-4d857a65b27aefb29937cb94e12c52f9');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.name','train.py','tr-4d857a65b27aefb29937cb94e12c52f9');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.type','LOCAL','tr-4d857a65b27aefb29937cb94e12c52f9');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.commit','','tr-4d857a65b27aefb29937cb94e12c52f9');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.repoURL','','tr-4d857a65b27aefb29937cb94e12c52f9');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.branch','','tr-4d857a65b27aefb29937cb94e12c52f9');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace_schema.version','3','tr-4d857a65b27aefb29937cb94e12c52f9');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceInputs','{"question": "how much is 2 * 2"}','tr-4d857a65b27aefb29937cb94e12c52f9');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceOutputs','{"answer": 4}','tr-4d857a65b27aefb29937cb94e12c52f9');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.sizeStats','{"total_size_bytes": 1276, "num_spans": 1, "max": 527, "p25": 527, "p50": 527, "p75": 527}','tr-4d857a65b27aefb29937cb94e12c52f9');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.sizeBytes','1276','tr-4d857a65b27aefb29937cb94e12c52f9');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.infoFinalized','true','tr-4d857a65b27aefb29937cb94e12c52f9');
INSERT INTO "trace_request_metadata" VALUES('mlflow.user','ada','tr-7256319b88b3e4f8e2c331b30f1021d2');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.name','train.py','tr-7256319b88b3e4f8e2c331b30f1021d2');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.type','LOCAL','tr-7256319b88b3e4f8e2c331b30f1021d2');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.commit','','tr-7256319b88b3e4f8e2c331b30f1021d2');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.repoURL','','tr-7256319b88b3e4f8e2c331b30f1021d2');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.branch','','tr-7256319b88b3e4f8e2c331b30f1021d2');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace_schema.version','3','tr-7256319b88b3e4f8e2c331b30f1021d2');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceInputs','{"question": "how much is 2 * 2"}','tr-7256319b88b3e4f8e2c331b30f1021d2');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceOutputs','{"answer": 4}','tr-7256319b88b3e4f8e2c331b30f1021d2');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.sizeStats','{"total_size_bytes": 1278, "num_spans": 1, "max": 528, "p25": 528, "p50": 528, "p75": 528}','tr-7256319b88b3e4f8e2c331b30f1021d2');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.sizeBytes','1278','tr-7256319b88b3e4f8e2c331b30f1021d2');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.infoFinalized','true','tr-7256319b88b3e4f8e2c331b30f1021d2');
INSERT INTO "trace_request_metadata" VALUES('mlflow.user','ada','tr-9bd1cc8cbd3934abbd05db0dd908ebe0');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.name','train.py','tr-9bd1cc8cbd3934abbd05db0dd908ebe0');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.type','LOCAL','tr-9bd1cc8cbd3934abbd05db0dd908ebe0');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.commit','','tr-9bd1cc8cbd3934abbd05db0dd908ebe0');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.repoURL','','tr-9bd1cc8cbd3934abbd05db0dd908ebe0');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.branch','','tr-9bd1cc8cbd3934abbd05db0dd908ebe0');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace_schema.version','3','tr-9bd1cc8cbd3934abbd05db0dd908ebe0');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceInputs','{"question": "how much is 2 * 2"}','tr-9bd1cc8cbd3934abbd05db0dd908ebe0');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceOutputs','{"answer": 4}','tr-9bd1cc8cbd3934abbd05db0dd908ebe0');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.sizeStats','{"total_size_bytes": 1284, "num_spans": 1, "max": 531, "p25": 531, "p50": 531, "p75": 531}','tr-9bd1cc8cbd3934abbd05db0dd908ebe0');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.sizeBytes','1284','tr-9bd1cc8cbd3934abbd05db0dd908ebe0');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.infoFinalized','true','tr-9bd1cc8cbd3934abbd05db0dd908ebe0');
CREATE TABLE "trace_tags" (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(8000), 
	request_id VARCHAR(50) NOT NULL, 
	CONSTRAINT trace_tag_pk PRIMARY KEY ("key", request_id), 
	CONSTRAINT fk_trace_tags_request_id FOREIGN KEY(request_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','@folder@/mlruns/0/traces/tr-e9b61c996ee599e19937a56bc1f62d64/artifacts','tr-e9b61c996ee599e19937a56bc1f62d64');
INSERT INTO "trace_tags" VALUES('mlflow.trace.spansLocation','TRACKING_STORE','tr-e9b61c996ee599e19937a56bc1f62d64');
INSERT INTO "trace_tags" VALUES('mlflow.traceName','of Default','tr-e9b61c996ee599e19937a56bc1f62d64');
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','@here@/1/traces/tr-9f634cdec96f1b67cd90df493bcfb2af/artifacts','tr-9f634cdec96f1b67cd90df493bcfb2af');
INSERT INTO "trace_tags" VALUES('mlflow.trace.spansLocation','TRACKING_STORE','tr-9f634cdec96f1b67cd90df493bcfb2af');
INSERT INTO "trace_tags" VALUES('mlflow.traceName','of here','tr-9f634cdec96f1b67cd90df493bcfb2af');
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','@there@/2/traces/tr-e8274f93689fc421096f63c291c7fef0/artifacts','tr-e8274f93689fc421096f63c291c7fef0');
INSERT INTO "trace_tags" VALUES('mlflow.trace.spansLocation','TRACKING_STORE','tr-e8274f93689fc421096f63c291c7fef0');
INSERT INTO "trace_tags" VALUES('mlflow.traceName','of there','tr-e8274f93689fc421096f63c291c7fef0');
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','@elsewhere@/3/traces/tr-3948071569f76a625386cc5f72669696/artifacts','tr-3948071569f76a625386cc5f72669696');
INSERT INTO "trace_tags" VALUES('mlflow.trace.spansLocation','TRACKING_STORE','tr-3948071569f76a625386cc5f72669696');
INSERT INTO "trace_tags" VALUES('mlflow.traceName','of elsewhere','tr-3948071569f76a625386cc5f72669696');
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','file://@folder@/mlruns/4/traces/tr-4d857a65b27aefb29937cb94e12c52f9/artifacts','tr-4d857a65b27aefb29937cb94e12c52f9');
INSERT INTO "trace_tags" VALUES('mlflow.trace.spansLocation','TRACKING_STORE','tr-4d857a65b27aefb29937cb94e12c52f9');
INSERT INTO "trace_tags" VALUES('mlflow.traceName','of uri','tr-4d857a65b27aefb29937cb94e12c52f9');
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','@folder@/mlruns/5/traces/tr-7256319b88b3e4f8e2c331b30f1021d2/artifacts','tr-7256319b88b3e4f8e2c331b30f1021d2');
INSERT INTO "trace_tags" VALUES('mlflow.trace.spansLocation','TRACKING_STORE','tr-7256319b88b3e4f8e2c331b30f1021d2');
INSERT INTO "trace_tags" VALUES('mlflow.traceName','of path','tr-7256319b88b3e4f8e2c331b30f1021d2');
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','mlflow-artifacts:/6/traces/tr-9bd1cc8cbd3934abbd05db0dd908ebe0/artifacts','tr-9bd1cc8cbd3934abbd05db0dd908ebe0');
INSERT INTO "trace_tags" VALUES('mlflow.trace.spansLocation','TRACKING_STORE','tr-9bd1cc8cbd3934abbd05db0dd908ebe0');
INSERT INTO "trace_tags" VALUES('mlflow.traceName','of proxied','tr-9bd1cc8cbd3934abbd05db0dd908ebe0');
CREATE TABLE webhook_events (
	webhook_id VARCHAR(256) NOT NULL, 
	entity VARCHAR(50) NOT NULL, 
	action VARCHAR(50) NOT NULL, 
	CONSTRAINT webhook_event_pk PRIMARY KEY (webhook_id, entity, action), 
	FOREIGN KEY(webhook_id) REFERENCES webhooks (webhook_id) ON DELETE cascade
);
CREATE TABLE "webhooks" (
	webhook_id VARCHAR(256) NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	description VARCHAR(1000), 
	url VARCHAR(500) NOT NULL, 
	status VARCHAR(20) DEFAULT 'ACTIVE' NOT NULL, 
	secret VARCHAR(1000), 
	creation_timestamp BIGINT, 
	last_updated_timestamp BIGINT, 
	deleted_timestamp BIGINT, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT webhook_pk PRIMARY KEY (webhook_id)
);
CREATE TABLE workspaces (
	name VARCHAR(63) NOT NULL, 
	description TEXT, 
	default_artifact_root TEXT, trace_archival_location TEXT, trace_archival_retention VARCHAR(32), 
	CONSTRAINT workspaces_pk PRIMARY KEY (name)
);
INSERT INTO "workspaces" VALUES('default','Default workspace for legacy resources',NULL,NULL,NULL);
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
CREATE INDEX index_logged_model_metrics_model_id ON logged_model_metrics (model_id);
CREATE INDEX index_assessments_trace_id_created_timestamp ON assessments (trace_id, created_timestamp);
CREATE INDEX index_assessments_run_id_created_timestamp ON assessments (run_id, created_timestamp);
CREATE INDEX index_assessments_last_updated_timestamp ON assessments (last_updated_timestamp);
CREATE INDEX index_assessments_assessment_type ON assessments (assessment_type);
CREATE INDEX index_spans_experiment_id ON spans (experiment_id);
CREATE INDEX index_spans_experiment_id_status_type ON spans (experiment_id, status, type);
CREATE INDEX index_spans_experiment_id_type_status ON spans (experiment_id, type, status);
CREATE INDEX index_spans_experiment_id_duration ON spans (experiment_id, duration_ns);
CREATE INDEX index_entity_associations_association_id ON entity_associations (association_id);
CREATE INDEX index_entity_associations_reverse_lookup ON entity_associations (destination_type, destination_id, source_type, source_id);
CREATE INDEX idx_webhook_events_entity ON webhook_events (entity);
CREATE INDEX idx_webhook_events_action ON webhook_events (action);
CREATE INDEX idx_webhook_events_entity_action ON webhook_events (entity, action);
CREATE UNIQUE INDEX index_scorers_experiment_id_scorer_name ON scorers (experiment_id, scorer_name);
CREATE INDEX index_scorer_versions_scorer_id ON scorer_versions (scorer_id);
CREATE INDEX index_evaluation_dataset_tags_dataset_id ON evaluation_dataset_tags (dataset_id);
CREATE INDEX index_evaluation_dataset_records_dataset_id ON evaluation_dataset_records (dataset_id);
CREATE INDEX index_endpoint_model_mappings_endpoint_id ON endpoint_model_mappings (endpoint_id);
CREATE INDEX index_endpoint_model_mappings_model_definition_id ON endpoint_model_mappings (model_definition_id);
CREATE INDEX index_endpoint_tags_endpoint_id ON endpoint_tags (endpoint_id);
CREATE INDEX index_trace_metrics_request_id ON trace_metrics (request_id);
CREATE UNIQUE INDEX unique_endpoint_model_linkage_mapping ON endpoint_model_mappings (endpoint_id, model_definition_id, linkage_type);
CREATE INDEX index_span_metrics_trace_id_span_id ON span_metrics (trace_id, span_id);
CREATE INDEX index_evaluation_datasets_name ON evaluation_datasets (name);
CREATE INDEX index_evaluation_datasets_created_time ON evaluation_datasets (created_time);
CREATE INDEX idx_webhooks_status ON webhooks (status);
CREATE INDEX idx_webhooks_name ON webhooks (name);
CREATE TRIGGER prevent_secrets_aad_mutation
BEFORE UPDATE ON secrets
FOR EACH ROW
WHEN OLD.secret_id != NEW.secret_id OR OLD.secret_name != NEW.secret_name
BEGIN
    SELECT RAISE(ABORT, 'secret_id and secret_name are immutable (used as AAD in encryption)');
END;
CREATE INDEX index_model_definitions_secret_id ON model_definitions (secret_id);
CREATE INDEX index_model_definitions_provider ON model_definitions (provider);
CREATE INDEX index_jobs_name_status_creation_time ON jobs (job_name, workspace, status, creation_time);
CREATE INDEX idx_experiments_workspace ON experiments (workspace);
CREATE INDEX idx_registered_models_workspace ON registered_models (workspace);
CREATE INDEX idx_experiments_workspace_creation_time ON experiments (workspace, creation_time);
CREATE INDEX idx_evaluation_datasets_workspace ON evaluation_datasets (workspace);
CREATE INDEX idx_webhooks_workspace ON webhooks (workspace);
CREATE INDEX idx_secrets_workspace ON secrets (workspace);
CREATE INDEX idx_endpoints_workspace ON endpoints (workspace);
CREATE INDEX idx_model_definitions_workspace ON model_definitions (workspace);
CREATE INDEX idx_budget_policies_workspace ON budget_policies (workspace);
CREATE INDEX index_issues_experiment_id ON issues (experiment_id);
CREATE INDEX index_issues_source_run_id ON issues (source_run_id);
CREATE INDEX index_issues_status ON issues (status);
CREATE INDEX index_metrics_run_uuid_key_step ON metrics (run_uuid, "key", step);
CREATE INDEX idx_guardrails_workspace ON guardrails (workspace);
CREATE INDEX idx_guardrails_scorer ON guardrails (scorer_id, scorer_version);
CREATE INDEX idx_guardrail_configs_endpoint_id ON guardrail_configs (endpoint_id);
CREATE INDEX idx_guardrail_configs_guardrail_id ON guardrail_configs (guardrail_id);
CREATE INDEX idx_model_version_tags_workspace_name_version ON model_version_tags (workspace, name, version);
CREATE INDEX idx_registered_model_tags_workspace_name ON registered_model_tags (workspace, name);
CREATE INDEX index_label_schemas_experiment_id ON label_schemas (experiment_id);
CREATE INDEX index_review_queues_experiment_id ON review_queues (experiment_id);
CREATE INDEX index_review_queue_users_user_id ON review_queue_users (user_id);
CREATE INDEX index_review_queue_items_queue_id_status ON review_queue_items (queue_id, status);
CREATE INDEX index_review_queue_items_item_id ON review_queue_items (item_id);
CREATE INDEX index_review_queue_label_schemas_schema_id ON review_queue_label_schemas (schema_id);
COMMIT;
