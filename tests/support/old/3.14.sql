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
INSERT INTO "experiments" VALUES(0,'Default','@folder@/mlruns/0','active',1795570440614,1795570440614,'default');
INSERT INTO "experiments" VALUES(1,'here','@here@/1','active',1795570440649,1795570440649,'default');
INSERT INTO "experiments" VALUES(2,'there','@there@/2','active',1795570440653,1795570440653,'default');
INSERT INTO "experiments" VALUES(3,'elsewhere','@elsewhere@/3','active',1795570440656,1795570440656,'default');
INSERT INTO "experiments" VALUES(4,'uri','file://@folder@/mlruns/4','active',1795570440658,1795570440658,'default');
INSERT INTO "experiments" VALUES(5,'path','@folder@/mlruns/5','active',1795570440660,1795570440660,'default');
INSERT INTO "experiments" VALUES(6,'proxied','mlflow-artifacts:/6','active',1795570440662,1795570440662,'default');
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
INSERT INTO "inputs" VALUES('085f21644b2541719d7c6a13f9d911b5','RUN_OUTPUT','f1cc12a2fa1b4f4db40e4ad12167a07f','MODEL_OUTPUT','m-c73f033a069145e79337ede5b988ccbb',0);
INSERT INTO "inputs" VALUES('ff80d14d77e14391942630161996341a','RUN_OUTPUT','39a7443e5abd4df0879f1d87d89021ab','MODEL_OUTPUT','m-1a68c28c57394e229d2a19bad6124a79',0);
INSERT INTO "inputs" VALUES('ab07f02c3050460499300e6853bdbfb0','RUN_OUTPUT','4721ffae07374a8e9aa38408b28a220c','MODEL_OUTPUT','m-9af23b4f1f5446f8ac1c831e81705b76',0);
INSERT INTO "inputs" VALUES('17670a470fd74296b8addcd7dd18d859','RUN_OUTPUT','543dde14c65a468cb585c0ad78c7a009','MODEL_OUTPUT','m-994ca89d015d4c7897a19d13687cda3e',0);
INSERT INTO "inputs" VALUES('f38e90bbb0d846f884941281945c9f8b','RUN_OUTPUT','19102114b1564385bac5375e487f9ac2','MODEL_OUTPUT','m-d7f5ea6eb12b41bf8d3eaef133f9c73f',0);
INSERT INTO "inputs" VALUES('b6902b74b88c4e0ab310679d8f534205','RUN_OUTPUT','104adc99822d4b9fa41101c394d2a033','MODEL_OUTPUT','m-f8a74567efb74b68a60a52b0289a0461',0);
INSERT INTO "inputs" VALUES('c7b3b03d4f7249398f71b9b44541f404','RUN_OUTPUT','dd7dfcc7d77f4235b17a4d5969fa5a38','MODEL_OUTPUT','m-658477e336724fbe80db75b9b8c44030',0);
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
INSERT INTO "latest_metrics" VALUES('loss',0.2,1795570441019,4,0,'f1cc12a2fa1b4f4db40e4ad12167a07f');
INSERT INTO "latest_metrics" VALUES('reward',2.0,1795570441019,4,0,'f1cc12a2fa1b4f4db40e4ad12167a07f');
INSERT INTO "latest_metrics" VALUES('loss',0.2,1795570442293,4,0,'39a7443e5abd4df0879f1d87d89021ab');
INSERT INTO "latest_metrics" VALUES('reward',2.0,1795570442293,4,0,'39a7443e5abd4df0879f1d87d89021ab');
INSERT INTO "latest_metrics" VALUES('loss',0.2,1795570442488,4,0,'4721ffae07374a8e9aa38408b28a220c');
INSERT INTO "latest_metrics" VALUES('reward',2.0,1795570442488,4,0,'4721ffae07374a8e9aa38408b28a220c');
INSERT INTO "latest_metrics" VALUES('loss',0.2,1795570442666,4,0,'543dde14c65a468cb585c0ad78c7a009');
INSERT INTO "latest_metrics" VALUES('reward',2.0,1795570442666,4,0,'543dde14c65a468cb585c0ad78c7a009');
INSERT INTO "latest_metrics" VALUES('loss',0.2,1795570442943,4,0,'19102114b1564385bac5375e487f9ac2');
INSERT INTO "latest_metrics" VALUES('reward',2.0,1795570442943,4,0,'19102114b1564385bac5375e487f9ac2');
INSERT INTO "latest_metrics" VALUES('loss',0.2,1795570443246,4,0,'104adc99822d4b9fa41101c394d2a033');
INSERT INTO "latest_metrics" VALUES('reward',2.0,1795570443246,4,0,'104adc99822d4b9fa41101c394d2a033');
INSERT INTO "latest_metrics" VALUES('loss',0.2,1795570443533,4,0,'dd7dfcc7d77f4235b17a4d5969fa5a38');
INSERT INTO "latest_metrics" VALUES('reward',2.0,1795570443533,4,0,'dd7dfcc7d77f4235b17a4d5969fa5a38');
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
INSERT INTO "logged_model_metrics" VALUES('m-c73f033a069145e79337ede5b988ccbb','loss',1795570440933,0,1.0,0,'f1cc12a2fa1b4f4db40e4ad12167a07f',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-c73f033a069145e79337ede5b988ccbb','reward',1795570440933,0,0.0,0,'f1cc12a2fa1b4f4db40e4ad12167a07f',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-1a68c28c57394e229d2a19bad6124a79','loss',1795570442273,0,1.0,1,'39a7443e5abd4df0879f1d87d89021ab',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-1a68c28c57394e229d2a19bad6124a79','reward',1795570442273,0,0.0,1,'39a7443e5abd4df0879f1d87d89021ab',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-9af23b4f1f5446f8ac1c831e81705b76','loss',1795570442470,0,1.0,2,'4721ffae07374a8e9aa38408b28a220c',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-9af23b4f1f5446f8ac1c831e81705b76','reward',1795570442470,0,0.0,2,'4721ffae07374a8e9aa38408b28a220c',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-994ca89d015d4c7897a19d13687cda3e','loss',1795570442641,0,1.0,3,'543dde14c65a468cb585c0ad78c7a009',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-994ca89d015d4c7897a19d13687cda3e','reward',1795570442641,0,0.0,3,'543dde14c65a468cb585c0ad78c7a009',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-d7f5ea6eb12b41bf8d3eaef133f9c73f','loss',1795570442875,0,1.0,4,'19102114b1564385bac5375e487f9ac2',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-d7f5ea6eb12b41bf8d3eaef133f9c73f','reward',1795570442875,0,0.0,4,'19102114b1564385bac5375e487f9ac2',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-f8a74567efb74b68a60a52b0289a0461','loss',1795570443188,0,1.0,5,'104adc99822d4b9fa41101c394d2a033',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-f8a74567efb74b68a60a52b0289a0461','reward',1795570443188,0,0.0,5,'104adc99822d4b9fa41101c394d2a033',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-658477e336724fbe80db75b9b8c44030','loss',1795570443500,0,1.0,6,'dd7dfcc7d77f4235b17a4d5969fa5a38',NULL,NULL,NULL);
INSERT INTO "logged_model_metrics" VALUES('m-658477e336724fbe80db75b9b8c44030','reward',1795570443500,0,0.0,6,'dd7dfcc7d77f4235b17a4d5969fa5a38',NULL,NULL,NULL);
CREATE TABLE logged_model_params (
	model_id VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	param_key VARCHAR(255) NOT NULL, 
	param_value TEXT NOT NULL, 
	CONSTRAINT logged_model_params_pk PRIMARY KEY (model_id, param_key), 
	CONSTRAINT fk_logged_model_params_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id), 
	CONSTRAINT fk_logged_model_params_model_id FOREIGN KEY(model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE
);
INSERT INTO "logged_model_params" VALUES('m-c73f033a069145e79337ede5b988ccbb',0,'depth','3');
INSERT INTO "logged_model_params" VALUES('m-c73f033a069145e79337ede5b988ccbb',0,'lr','1e-3');
INSERT INTO "logged_model_params" VALUES('m-1a68c28c57394e229d2a19bad6124a79',1,'depth','3');
INSERT INTO "logged_model_params" VALUES('m-1a68c28c57394e229d2a19bad6124a79',1,'lr','1e-3');
INSERT INTO "logged_model_params" VALUES('m-9af23b4f1f5446f8ac1c831e81705b76',2,'depth','3');
INSERT INTO "logged_model_params" VALUES('m-9af23b4f1f5446f8ac1c831e81705b76',2,'lr','1e-3');
INSERT INTO "logged_model_params" VALUES('m-994ca89d015d4c7897a19d13687cda3e',3,'depth','3');
INSERT INTO "logged_model_params" VALUES('m-994ca89d015d4c7897a19d13687cda3e',3,'lr','1e-3');
INSERT INTO "logged_model_params" VALUES('m-d7f5ea6eb12b41bf8d3eaef133f9c73f',4,'depth','3');
INSERT INTO "logged_model_params" VALUES('m-d7f5ea6eb12b41bf8d3eaef133f9c73f',4,'lr','1e-3');
INSERT INTO "logged_model_params" VALUES('m-f8a74567efb74b68a60a52b0289a0461',5,'depth','3');
INSERT INTO "logged_model_params" VALUES('m-f8a74567efb74b68a60a52b0289a0461',5,'lr','1e-3');
INSERT INTO "logged_model_params" VALUES('m-658477e336724fbe80db75b9b8c44030',6,'depth','3');
INSERT INTO "logged_model_params" VALUES('m-658477e336724fbe80db75b9b8c44030',6,'lr','1e-3');
CREATE TABLE logged_model_tags (
	model_id VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	tag_key VARCHAR(255) NOT NULL, 
	tag_value TEXT NOT NULL, 
	CONSTRAINT logged_model_tags_pk PRIMARY KEY (model_id, tag_key), 
	CONSTRAINT fk_logged_model_tags_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id), 
	CONSTRAINT fk_logged_model_tags_model_id FOREIGN KEY(model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE
);
INSERT INTO "logged_model_tags" VALUES('m-c73f033a069145e79337ede5b988ccbb',0,'mlflow.user','ada');
INSERT INTO "logged_model_tags" VALUES('m-c73f033a069145e79337ede5b988ccbb',0,'mlflow.source.name','train.py');
INSERT INTO "logged_model_tags" VALUES('m-c73f033a069145e79337ede5b988ccbb',0,'mlflow.source.type','LOCAL');
INSERT INTO "logged_model_tags" VALUES('m-c73f033a069145e79337ede5b988ccbb',0,'mlflow.modelVersions','[{"name": "net", "version": 1}]');
INSERT INTO "logged_model_tags" VALUES('m-1a68c28c57394e229d2a19bad6124a79',1,'mlflow.user','ada');
INSERT INTO "logged_model_tags" VALUES('m-1a68c28c57394e229d2a19bad6124a79',1,'mlflow.source.name','train.py');
INSERT INTO "logged_model_tags" VALUES('m-1a68c28c57394e229d2a19bad6124a79',1,'mlflow.source.type','LOCAL');
INSERT INTO "logged_model_tags" VALUES('m-1a68c28c57394e229d2a19bad6124a79',1,'mlflow.modelVersions','[{"name": "net", "version": 3}]');
INSERT INTO "logged_model_tags" VALUES('m-9af23b4f1f5446f8ac1c831e81705b76',2,'mlflow.user','ada');
INSERT INTO "logged_model_tags" VALUES('m-9af23b4f1f5446f8ac1c831e81705b76',2,'mlflow.source.name','train.py');
INSERT INTO "logged_model_tags" VALUES('m-9af23b4f1f5446f8ac1c831e81705b76',2,'mlflow.source.type','LOCAL');
INSERT INTO "logged_model_tags" VALUES('m-9af23b4f1f5446f8ac1c831e81705b76',2,'mlflow.modelVersions','[{"name": "net", "version": 5}]');
INSERT INTO "logged_model_tags" VALUES('m-994ca89d015d4c7897a19d13687cda3e',3,'mlflow.user','ada');
INSERT INTO "logged_model_tags" VALUES('m-994ca89d015d4c7897a19d13687cda3e',3,'mlflow.source.name','train.py');
INSERT INTO "logged_model_tags" VALUES('m-994ca89d015d4c7897a19d13687cda3e',3,'mlflow.source.type','LOCAL');
INSERT INTO "logged_model_tags" VALUES('m-994ca89d015d4c7897a19d13687cda3e',3,'mlflow.modelVersions','[{"name": "net", "version": 7}]');
INSERT INTO "logged_model_tags" VALUES('m-d7f5ea6eb12b41bf8d3eaef133f9c73f',4,'mlflow.user','ada');
INSERT INTO "logged_model_tags" VALUES('m-d7f5ea6eb12b41bf8d3eaef133f9c73f',4,'mlflow.source.name','train.py');
INSERT INTO "logged_model_tags" VALUES('m-d7f5ea6eb12b41bf8d3eaef133f9c73f',4,'mlflow.source.type','LOCAL');
INSERT INTO "logged_model_tags" VALUES('m-d7f5ea6eb12b41bf8d3eaef133f9c73f',4,'mlflow.modelVersions','[{"name": "net", "version": 9}]');
INSERT INTO "logged_model_tags" VALUES('m-f8a74567efb74b68a60a52b0289a0461',5,'mlflow.user','ada');
INSERT INTO "logged_model_tags" VALUES('m-f8a74567efb74b68a60a52b0289a0461',5,'mlflow.source.name','train.py');
INSERT INTO "logged_model_tags" VALUES('m-f8a74567efb74b68a60a52b0289a0461',5,'mlflow.source.type','LOCAL');
INSERT INTO "logged_model_tags" VALUES('m-f8a74567efb74b68a60a52b0289a0461',5,'mlflow.modelVersions','[{"name": "net", "version": 11}]');
INSERT INTO "logged_model_tags" VALUES('m-658477e336724fbe80db75b9b8c44030',6,'mlflow.user','ada');
INSERT INTO "logged_model_tags" VALUES('m-658477e336724fbe80db75b9b8c44030',6,'mlflow.source.name','train.py');
INSERT INTO "logged_model_tags" VALUES('m-658477e336724fbe80db75b9b8c44030',6,'mlflow.source.type','LOCAL');
INSERT INTO "logged_model_tags" VALUES('m-658477e336724fbe80db75b9b8c44030',6,'mlflow.modelVersions','[{"name": "net", "version": 13}]');
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
INSERT INTO "logged_models" VALUES('m-c73f033a069145e79337ede5b988ccbb',0,'model','@folder@/mlruns/0/models/m-c73f033a069145e79337ede5b988ccbb/artifacts',1795570441055,1795570441456,2,'active',NULL,'f1cc12a2fa1b4f4db40e4ad12167a07f',NULL);
INSERT INTO "logged_models" VALUES('m-1a68c28c57394e229d2a19bad6124a79',1,'model','@here@/1/models/m-1a68c28c57394e229d2a19bad6124a79/artifacts',1795570442315,1795570442348,2,'active',NULL,'39a7443e5abd4df0879f1d87d89021ab',NULL);
INSERT INTO "logged_models" VALUES('m-9af23b4f1f5446f8ac1c831e81705b76',2,'model','@there@/2/models/m-9af23b4f1f5446f8ac1c831e81705b76/artifacts',1795570442510,1795570442539,2,'active',NULL,'4721ffae07374a8e9aa38408b28a220c',NULL);
INSERT INTO "logged_models" VALUES('m-994ca89d015d4c7897a19d13687cda3e',3,'model','@elsewhere@/3/models/m-994ca89d015d4c7897a19d13687cda3e/artifacts',1795570442690,1795570442728,2,'active',NULL,'543dde14c65a468cb585c0ad78c7a009',NULL);
INSERT INTO "logged_models" VALUES('m-d7f5ea6eb12b41bf8d3eaef133f9c73f',4,'model','file://@folder@/mlruns/4/models/m-d7f5ea6eb12b41bf8d3eaef133f9c73f/artifacts',1795570442972,1795570443009,2,'active',NULL,'19102114b1564385bac5375e487f9ac2',NULL);
INSERT INTO "logged_models" VALUES('m-f8a74567efb74b68a60a52b0289a0461',5,'model','@folder@/mlruns/5/models/m-f8a74567efb74b68a60a52b0289a0461/artifacts',1795570443309,1795570443366,2,'active',NULL,'104adc99822d4b9fa41101c394d2a033',NULL);
INSERT INTO "logged_models" VALUES('m-658477e336724fbe80db75b9b8c44030',6,'model','mlflow-artifacts:/6/models/m-658477e336724fbe80db75b9b8c44030/artifacts',1795570443587,1795570443664,2,'active',NULL,'dd7dfcc7d77f4235b17a4d5969fa5a38',NULL);
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
INSERT INTO "metrics" VALUES('loss',1.0,1795570440933,'f1cc12a2fa1b4f4db40e4ad12167a07f',0,0);
INSERT INTO "metrics" VALUES('reward',0.0,1795570440933,'f1cc12a2fa1b4f4db40e4ad12167a07f',0,0);
INSERT INTO "metrics" VALUES('loss',0.5,1795570440957,'f1cc12a2fa1b4f4db40e4ad12167a07f',1,0);
INSERT INTO "metrics" VALUES('reward',0.5,1795570440957,'f1cc12a2fa1b4f4db40e4ad12167a07f',1,0);
INSERT INTO "metrics" VALUES('loss',3.33333333333333314829e-01,1795570440981,'f1cc12a2fa1b4f4db40e4ad12167a07f',2,0);
INSERT INTO "metrics" VALUES('reward',1.0,1795570440981,'f1cc12a2fa1b4f4db40e4ad12167a07f',2,0);
INSERT INTO "metrics" VALUES('loss',0.25,1795570441003,'f1cc12a2fa1b4f4db40e4ad12167a07f',3,0);
INSERT INTO "metrics" VALUES('reward',1.5,1795570441003,'f1cc12a2fa1b4f4db40e4ad12167a07f',3,0);
INSERT INTO "metrics" VALUES('loss',0.2,1795570441019,'f1cc12a2fa1b4f4db40e4ad12167a07f',4,0);
INSERT INTO "metrics" VALUES('reward',2.0,1795570441019,'f1cc12a2fa1b4f4db40e4ad12167a07f',4,0);
INSERT INTO "metrics" VALUES('loss',1.0,1795570442273,'39a7443e5abd4df0879f1d87d89021ab',0,0);
INSERT INTO "metrics" VALUES('reward',0.0,1795570442273,'39a7443e5abd4df0879f1d87d89021ab',0,0);
INSERT INTO "metrics" VALUES('loss',0.5,1795570442278,'39a7443e5abd4df0879f1d87d89021ab',1,0);
INSERT INTO "metrics" VALUES('reward',0.5,1795570442278,'39a7443e5abd4df0879f1d87d89021ab',1,0);
INSERT INTO "metrics" VALUES('loss',3.33333333333333314829e-01,1795570442282,'39a7443e5abd4df0879f1d87d89021ab',2,0);
INSERT INTO "metrics" VALUES('reward',1.0,1795570442282,'39a7443e5abd4df0879f1d87d89021ab',2,0);
INSERT INTO "metrics" VALUES('loss',0.25,1795570442287,'39a7443e5abd4df0879f1d87d89021ab',3,0);
INSERT INTO "metrics" VALUES('reward',1.5,1795570442287,'39a7443e5abd4df0879f1d87d89021ab',3,0);
INSERT INTO "metrics" VALUES('loss',0.2,1795570442293,'39a7443e5abd4df0879f1d87d89021ab',4,0);
INSERT INTO "metrics" VALUES('reward',2.0,1795570442293,'39a7443e5abd4df0879f1d87d89021ab',4,0);
INSERT INTO "metrics" VALUES('loss',1.0,1795570442470,'4721ffae07374a8e9aa38408b28a220c',0,0);
INSERT INTO "metrics" VALUES('reward',0.0,1795570442470,'4721ffae07374a8e9aa38408b28a220c',0,0);
INSERT INTO "metrics" VALUES('loss',0.5,1795570442474,'4721ffae07374a8e9aa38408b28a220c',1,0);
INSERT INTO "metrics" VALUES('reward',0.5,1795570442474,'4721ffae07374a8e9aa38408b28a220c',1,0);
INSERT INTO "metrics" VALUES('loss',3.33333333333333314829e-01,1795570442479,'4721ffae07374a8e9aa38408b28a220c',2,0);
INSERT INTO "metrics" VALUES('reward',1.0,1795570442479,'4721ffae07374a8e9aa38408b28a220c',2,0);
INSERT INTO "metrics" VALUES('loss',0.25,1795570442484,'4721ffae07374a8e9aa38408b28a220c',3,0);
INSERT INTO "metrics" VALUES('reward',1.5,1795570442484,'4721ffae07374a8e9aa38408b28a220c',3,0);
INSERT INTO "metrics" VALUES('loss',0.2,1795570442488,'4721ffae07374a8e9aa38408b28a220c',4,0);
INSERT INTO "metrics" VALUES('reward',2.0,1795570442488,'4721ffae07374a8e9aa38408b28a220c',4,0);
INSERT INTO "metrics" VALUES('loss',1.0,1795570442641,'543dde14c65a468cb585c0ad78c7a009',0,0);
INSERT INTO "metrics" VALUES('reward',0.0,1795570442641,'543dde14c65a468cb585c0ad78c7a009',0,0);
INSERT INTO "metrics" VALUES('loss',0.5,1795570442650,'543dde14c65a468cb585c0ad78c7a009',1,0);
INSERT INTO "metrics" VALUES('reward',0.5,1795570442650,'543dde14c65a468cb585c0ad78c7a009',1,0);
INSERT INTO "metrics" VALUES('loss',3.33333333333333314829e-01,1795570442656,'543dde14c65a468cb585c0ad78c7a009',2,0);
INSERT INTO "metrics" VALUES('reward',1.0,1795570442656,'543dde14c65a468cb585c0ad78c7a009',2,0);
INSERT INTO "metrics" VALUES('loss',0.25,1795570442662,'543dde14c65a468cb585c0ad78c7a009',3,0);
INSERT INTO "metrics" VALUES('reward',1.5,1795570442662,'543dde14c65a468cb585c0ad78c7a009',3,0);
INSERT INTO "metrics" VALUES('loss',0.2,1795570442666,'543dde14c65a468cb585c0ad78c7a009',4,0);
INSERT INTO "metrics" VALUES('reward',2.0,1795570442666,'543dde14c65a468cb585c0ad78c7a009',4,0);
INSERT INTO "metrics" VALUES('loss',1.0,1795570442875,'19102114b1564385bac5375e487f9ac2',0,0);
INSERT INTO "metrics" VALUES('reward',0.0,1795570442875,'19102114b1564385bac5375e487f9ac2',0,0);
INSERT INTO "metrics" VALUES('loss',0.5,1795570442895,'19102114b1564385bac5375e487f9ac2',1,0);
INSERT INTO "metrics" VALUES('reward',0.5,1795570442895,'19102114b1564385bac5375e487f9ac2',1,0);
INSERT INTO "metrics" VALUES('loss',3.33333333333333314829e-01,1795570442907,'19102114b1564385bac5375e487f9ac2',2,0);
INSERT INTO "metrics" VALUES('reward',1.0,1795570442907,'19102114b1564385bac5375e487f9ac2',2,0);
INSERT INTO "metrics" VALUES('loss',0.25,1795570442915,'19102114b1564385bac5375e487f9ac2',3,0);
INSERT INTO "metrics" VALUES('reward',1.5,1795570442915,'19102114b1564385bac5375e487f9ac2',3,0);
INSERT INTO "metrics" VALUES('loss',0.2,1795570442943,'19102114b1564385bac5375e487f9ac2',4,0);
INSERT INTO "metrics" VALUES('reward',2.0,1795570442943,'19102114b1564385bac5375e487f9ac2',4,0);
INSERT INTO "metrics" VALUES('loss',1.0,1795570443188,'104adc99822d4b9fa41101c394d2a033',0,0);
INSERT INTO "metrics" VALUES('reward',0.0,1795570443188,'104adc99822d4b9fa41101c394d2a033',0,0);
INSERT INTO "metrics" VALUES('loss',0.5,1795570443200,'104adc99822d4b9fa41101c394d2a033',1,0);
INSERT INTO "metrics" VALUES('reward',0.5,1795570443200,'104adc99822d4b9fa41101c394d2a033',1,0);
INSERT INTO "metrics" VALUES('loss',3.33333333333333314829e-01,1795570443224,'104adc99822d4b9fa41101c394d2a033',2,0);
INSERT INTO "metrics" VALUES('reward',1.0,1795570443224,'104adc99822d4b9fa41101c394d2a033',2,0);
INSERT INTO "metrics" VALUES('loss',0.25,1795570443232,'104adc99822d4b9fa41101c394d2a033',3,0);
INSERT INTO "metrics" VALUES('reward',1.5,1795570443232,'104adc99822d4b9fa41101c394d2a033',3,0);
INSERT INTO "metrics" VALUES('loss',0.2,1795570443246,'104adc99822d4b9fa41101c394d2a033',4,0);
INSERT INTO "metrics" VALUES('reward',2.0,1795570443246,'104adc99822d4b9fa41101c394d2a033',4,0);
INSERT INTO "metrics" VALUES('loss',1.0,1795570443500,'dd7dfcc7d77f4235b17a4d5969fa5a38',0,0);
INSERT INTO "metrics" VALUES('reward',0.0,1795570443500,'dd7dfcc7d77f4235b17a4d5969fa5a38',0,0);
INSERT INTO "metrics" VALUES('loss',0.5,1795570443508,'dd7dfcc7d77f4235b17a4d5969fa5a38',1,0);
INSERT INTO "metrics" VALUES('reward',0.5,1795570443508,'dd7dfcc7d77f4235b17a4d5969fa5a38',1,0);
INSERT INTO "metrics" VALUES('loss',3.33333333333333314829e-01,1795570443516,'dd7dfcc7d77f4235b17a4d5969fa5a38',2,0);
INSERT INTO "metrics" VALUES('reward',1.0,1795570443516,'dd7dfcc7d77f4235b17a4d5969fa5a38',2,0);
INSERT INTO "metrics" VALUES('loss',0.25,1795570443526,'dd7dfcc7d77f4235b17a4d5969fa5a38',3,0);
INSERT INTO "metrics" VALUES('reward',1.5,1795570443526,'dd7dfcc7d77f4235b17a4d5969fa5a38',3,0);
INSERT INTO "metrics" VALUES('loss',0.2,1795570443533,'dd7dfcc7d77f4235b17a4d5969fa5a38',4,0);
INSERT INTO "metrics" VALUES('reward',2.0,1795570443533,'dd7dfcc7d77f4235b17a4d5969fa5a38',4,0);
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
INSERT INTO "model_versions" VALUES('net',1,1795570442024,1795570442024,NULL,NULL,'None','models:/m-c73f033a069145e79337ede5b988ccbb','f1cc12a2fa1b4f4db40e4ad12167a07f','READY',NULL,NULL,'@folder@/mlruns/0/models/m-c73f033a069145e79337ede5b988ccbb/artifacts','default');
INSERT INTO "model_versions" VALUES('net',2,1795570442074,1795570442074,NULL,NULL,'None','@folder@/mlruns/0/f1cc12a2fa1b4f4db40e4ad12167a07f/artifacts/notes','f1cc12a2fa1b4f4db40e4ad12167a07f','READY',NULL,NULL,'@folder@/mlruns/0/f1cc12a2fa1b4f4db40e4ad12167a07f/artifacts/notes','default');
INSERT INTO "model_versions" VALUES('net',3,1795570442384,1795570442384,NULL,NULL,'None','models:/m-1a68c28c57394e229d2a19bad6124a79','39a7443e5abd4df0879f1d87d89021ab','READY',NULL,NULL,'@here@/1/models/m-1a68c28c57394e229d2a19bad6124a79/artifacts','default');
INSERT INTO "model_versions" VALUES('net',4,1795570442397,1795570442397,NULL,NULL,'None','@here@/1/39a7443e5abd4df0879f1d87d89021ab/artifacts/notes','39a7443e5abd4df0879f1d87d89021ab','READY',NULL,NULL,'@here@/1/39a7443e5abd4df0879f1d87d89021ab/artifacts/notes','default');
INSERT INTO "model_versions" VALUES('net',5,1795570442566,1795570442566,NULL,NULL,'None','models:/m-9af23b4f1f5446f8ac1c831e81705b76','4721ffae07374a8e9aa38408b28a220c','READY',NULL,NULL,'@there@/2/models/m-9af23b4f1f5446f8ac1c831e81705b76/artifacts','default');
INSERT INTO "model_versions" VALUES('net',6,1795570442577,1795570442577,NULL,NULL,'None','@there@/2/4721ffae07374a8e9aa38408b28a220c/artifacts/notes','4721ffae07374a8e9aa38408b28a220c','READY',NULL,NULL,'@there@/2/4721ffae07374a8e9aa38408b28a220c/artifacts/notes','default');
INSERT INTO "model_versions" VALUES('net',7,1795570442760,1795570442760,NULL,NULL,'None','models:/m-994ca89d015d4c7897a19d13687cda3e','543dde14c65a468cb585c0ad78c7a009','READY',NULL,NULL,'@elsewhere@/3/models/m-994ca89d015d4c7897a19d13687cda3e/artifacts','default');
INSERT INTO "model_versions" VALUES('net',8,1795570442775,1795570442775,NULL,NULL,'None','@elsewhere@/3/543dde14c65a468cb585c0ad78c7a009/artifacts/notes','543dde14c65a468cb585c0ad78c7a009','READY',NULL,NULL,'@elsewhere@/3/543dde14c65a468cb585c0ad78c7a009/artifacts/notes','default');
INSERT INTO "model_versions" VALUES('net',9,1795570443048,1795570443048,NULL,NULL,'None','models:/m-d7f5ea6eb12b41bf8d3eaef133f9c73f','19102114b1564385bac5375e487f9ac2','READY',NULL,NULL,'file://@folder@/mlruns/4/models/m-d7f5ea6eb12b41bf8d3eaef133f9c73f/artifacts','default');
INSERT INTO "model_versions" VALUES('net',10,1795570443062,1795570443062,NULL,NULL,'None','file://@folder@/mlruns/4/19102114b1564385bac5375e487f9ac2/artifacts/notes','19102114b1564385bac5375e487f9ac2','READY',NULL,NULL,'file://@folder@/mlruns/4/19102114b1564385bac5375e487f9ac2/artifacts/notes','default');
INSERT INTO "model_versions" VALUES('net',11,1795570443400,1795570443400,NULL,NULL,'None','models:/m-f8a74567efb74b68a60a52b0289a0461','104adc99822d4b9fa41101c394d2a033','READY',NULL,NULL,'@folder@/mlruns/5/models/m-f8a74567efb74b68a60a52b0289a0461/artifacts','default');
INSERT INTO "model_versions" VALUES('net',12,1795570443413,1795570443413,NULL,NULL,'None','@folder@/mlruns/5/104adc99822d4b9fa41101c394d2a033/artifacts/notes','104adc99822d4b9fa41101c394d2a033','READY',NULL,NULL,'@folder@/mlruns/5/104adc99822d4b9fa41101c394d2a033/artifacts/notes','default');
INSERT INTO "model_versions" VALUES('net',13,1795570443703,1795570443703,NULL,NULL,'None','models:/m-658477e336724fbe80db75b9b8c44030','dd7dfcc7d77f4235b17a4d5969fa5a38','READY',NULL,NULL,'mlflow-artifacts:/6/models/m-658477e336724fbe80db75b9b8c44030/artifacts','default');
INSERT INTO "model_versions" VALUES('net',14,1795570443715,1795570443715,NULL,NULL,'None','mlflow-artifacts:/6/dd7dfcc7d77f4235b17a4d5969fa5a38/artifacts/notes','dd7dfcc7d77f4235b17a4d5969fa5a38','READY',NULL,NULL,'mlflow-artifacts:/6/dd7dfcc7d77f4235b17a4d5969fa5a38/artifacts/notes','default');
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
INSERT INTO "params" VALUES('depth','3','f1cc12a2fa1b4f4db40e4ad12167a07f');
INSERT INTO "params" VALUES('lr','1e-3','f1cc12a2fa1b4f4db40e4ad12167a07f');
INSERT INTO "params" VALUES('depth','3','39a7443e5abd4df0879f1d87d89021ab');
INSERT INTO "params" VALUES('lr','1e-3','39a7443e5abd4df0879f1d87d89021ab');
INSERT INTO "params" VALUES('depth','3','4721ffae07374a8e9aa38408b28a220c');
INSERT INTO "params" VALUES('lr','1e-3','4721ffae07374a8e9aa38408b28a220c');
INSERT INTO "params" VALUES('depth','3','543dde14c65a468cb585c0ad78c7a009');
INSERT INTO "params" VALUES('lr','1e-3','543dde14c65a468cb585c0ad78c7a009');
INSERT INTO "params" VALUES('depth','3','19102114b1564385bac5375e487f9ac2');
INSERT INTO "params" VALUES('lr','1e-3','19102114b1564385bac5375e487f9ac2');
INSERT INTO "params" VALUES('depth','3','104adc99822d4b9fa41101c394d2a033');
INSERT INTO "params" VALUES('lr','1e-3','104adc99822d4b9fa41101c394d2a033');
INSERT INTO "params" VALUES('depth','3','dd7dfcc7d77f4235b17a4d5969fa5a38');
INSERT INTO "params" VALUES('lr','1e-3','dd7dfcc7d77f4235b17a4d5969fa5a38');
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
INSERT INTO "registered_models" VALUES('net',1795570440640,1795570443715,NULL,'default');
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
INSERT INTO "runs" VALUES('f1cc12a2fa1b4f4db40e4ad12167a07f','of Default','UNKNOWN','','','ada','FINISHED',1795570440872,1795570441627,'','active','@folder@/mlruns/0/f1cc12a2fa1b4f4db40e4ad12167a07f/artifacts',0,NULL);
INSERT INTO "runs" VALUES('39a7443e5abd4df0879f1d87d89021ab','of here','UNKNOWN','','','ada','FINISHED',1795570442251,1795570442353,'','active','@here@/1/39a7443e5abd4df0879f1d87d89021ab/artifacts',1,NULL);
INSERT INTO "runs" VALUES('4721ffae07374a8e9aa38408b28a220c','of there','UNKNOWN','','','ada','FINISHED',1795570442459,1795570442543,'','active','@there@/2/4721ffae07374a8e9aa38408b28a220c/artifacts',2,NULL);
INSERT INTO "runs" VALUES('543dde14c65a468cb585c0ad78c7a009','of elsewhere','UNKNOWN','','','ada','FINISHED',1795570442627,1795570442735,'','active','@elsewhere@/3/543dde14c65a468cb585c0ad78c7a009/artifacts',3,NULL);
INSERT INTO "runs" VALUES('19102114b1564385bac5375e487f9ac2','of uri','UNKNOWN','','','ada','FINISHED',1795570442857,1795570443014,'','active','file://@folder@/mlruns/4/19102114b1564385bac5375e487f9ac2/artifacts',4,NULL);
INSERT INTO "runs" VALUES('104adc99822d4b9fa41101c394d2a033','of path','UNKNOWN','','','ada','FINISHED',1795570443163,1795570443372,'','active','@folder@/mlruns/5/104adc99822d4b9fa41101c394d2a033/artifacts',5,NULL);
INSERT INTO "runs" VALUES('dd7dfcc7d77f4235b17a4d5969fa5a38','of proxied','UNKNOWN','','','ada','FINISHED',1795570443485,1795570443673,'','active','mlflow-artifacts:/6/dd7dfcc7d77f4235b17a4d5969fa5a38/artifacts',6,NULL);
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
INSERT INTO "spans" VALUES('tr-c4547531f23a224825e12ed255d1f149',0,'f198395b94b1e067',NULL,'of Default','UNKNOWN','OK',1795570442138242206,1795570442138768499,'{"trace_id": "xFR1MfI6Ikgl4S7SVdHxSQ==", "span_id": "8Zg5W5Sx4Gc=", "parent_span_id": null, "name": "of Default", "start_time_unix_nano": 1795570442138242206, "end_time_unix_nano": 1795570442138768499, "events": [], "status": {"code": "STATUS_CODE_OK", "message": ""}, "attributes": {"mlflow.traceRequestId": "\"tr-c4547531f23a224825e12ed255d1f149\"", "mlflow.spanType": "\"UNKNOWN\"", "mlflow.spanInputs": "{\"question\": \"how much is 2 * 2\"}", "mlflow.spanOutputs": "{\"answer\": 4}", "mlflow.chat.tokenUsage": "{\"input_tokens\": 7, \"output_tokens\": 1, \"total_tokens\": 8}", "mlflow.spanLogLevel": "10"}, "links": []}','null');
INSERT INTO "spans" VALUES('tr-b8069c0e36179444462084f12281bb9d',1,'a5d26cbc3673197c',NULL,'of here','UNKNOWN','OK',1795570442417857869,1795570442418334308,'{"trace_id": "uAacDjYXlERGIITxIoG7nQ==", "span_id": "pdJsvDZzGXw=", "parent_span_id": null, "name": "of here", "start_time_unix_nano": 1795570442417857869, "end_time_unix_nano": 1795570442418334308, "events": [], "status": {"code": "STATUS_CODE_OK", "message": ""}, "attributes": {"mlflow.traceRequestId": "\"tr-b8069c0e36179444462084f12281bb9d\"", "mlflow.spanType": "\"UNKNOWN\"", "mlflow.spanInputs": "{\"question\": \"how much is 2 * 2\"}", "mlflow.spanOutputs": "{\"answer\": 4}", "mlflow.chat.tokenUsage": "{\"input_tokens\": 7, \"output_tokens\": 1, \"total_tokens\": 8}", "mlflow.spanLogLevel": "10"}, "links": []}','null');
INSERT INTO "spans" VALUES('tr-dc66b13f2fdcf0d4e50f7192c8edcd1c',2,'c72cd538a293b686',NULL,'of there','UNKNOWN','OK',1795570442595018178,1795570442595476259,'{"trace_id": "3GaxPy/c8NTlD3GSyO3NHA==", "span_id": "xyzVOKKTtoY=", "parent_span_id": null, "name": "of there", "start_time_unix_nano": 1795570442595018178, "end_time_unix_nano": 1795570442595476259, "events": [], "status": {"code": "STATUS_CODE_OK", "message": ""}, "attributes": {"mlflow.traceRequestId": "\"tr-dc66b13f2fdcf0d4e50f7192c8edcd1c\"", "mlflow.spanType": "\"UNKNOWN\"", "mlflow.spanInputs": "{\"question\": \"how much is 2 * 2\"}", "mlflow.spanOutputs": "{\"answer\": 4}", "mlflow.chat.tokenUsage": "{\"input_tokens\": 7, \"output_tokens\": 1, \"total_tokens\": 8}", "mlflow.spanLogLevel": "10"}, "links": []}','null');
INSERT INTO "spans" VALUES('tr-6ad0dfd9a79e74607e1ab5c5aa505dbd',3,'b52b75473b035f7f',NULL,'of elsewhere','UNKNOWN','OK',1795570442799422144,1795570442800210757,'{"trace_id": "atDf2aeedGB+GrXFqlBdvQ==", "span_id": "tSt1RzsDX38=", "parent_span_id": null, "name": "of elsewhere", "start_time_unix_nano": 1795570442799422144, "end_time_unix_nano": 1795570442800210757, "events": [], "status": {"code": "STATUS_CODE_OK", "message": ""}, "attributes": {"mlflow.traceRequestId": "\"tr-6ad0dfd9a79e74607e1ab5c5aa505dbd\"", "mlflow.spanType": "\"UNKNOWN\"", "mlflow.spanInputs": "{\"question\": \"how much is 2 * 2\"}", "mlflow.spanOutputs": "{\"answer\": 4}", "mlflow.chat.tokenUsage": "{\"input_tokens\": 7, \"output_tokens\": 1, \"total_tokens\": 8}", "mlflow.spanLogLevel": "10"}, "links": []}','null');
INSERT INTO "spans" VALUES('tr-9b7b6fabef2e78dcd4a01feca2dad939',4,'027d20965972b087',NULL,'of uri','UNKNOWN','OK',1795570443093068500,1795570443093507563,'{"trace_id": "m3tvq+8ueNzUoB/sotrZOQ==", "span_id": "An0glllysIc=", "parent_span_id": null, "name": "of uri", "start_time_unix_nano": 1795570443093068500, "end_time_unix_nano": 1795570443093507563, "events": [], "status": {"code": "STATUS_CODE_OK", "message": ""}, "attributes": {"mlflow.traceRequestId": "\"tr-9b7b6fabef2e78dcd4a01feca2dad939\"", "mlflow.spanType": "\"UNKNOWN\"", "mlflow.spanInputs": "{\"question\": \"how much is 2 * 2\"}", "mlflow.spanOutputs": "{\"answer\": 4}", "mlflow.chat.tokenUsage": "{\"input_tokens\": 7, \"output_tokens\": 1, \"total_tokens\": 8}", "mlflow.spanLogLevel": "10"}, "links": []}','null');
INSERT INTO "spans" VALUES('tr-b8ea3b4eb0921eed47225c97e6766d01',5,'ed202c12c6df3cdc',NULL,'of path','UNKNOWN','OK',1795570443440107464,1795570443440620327,'{"trace_id": "uOo7TrCSHu1HIlyX5nZtAQ==", "span_id": "7SAsEsbfPNw=", "parent_span_id": null, "name": "of path", "start_time_unix_nano": 1795570443440107464, "end_time_unix_nano": 1795570443440620327, "events": [], "status": {"code": "STATUS_CODE_OK", "message": ""}, "attributes": {"mlflow.traceRequestId": "\"tr-b8ea3b4eb0921eed47225c97e6766d01\"", "mlflow.spanType": "\"UNKNOWN\"", "mlflow.spanInputs": "{\"question\": \"how much is 2 * 2\"}", "mlflow.spanOutputs": "{\"answer\": 4}", "mlflow.chat.tokenUsage": "{\"input_tokens\": 7, \"output_tokens\": 1, \"total_tokens\": 8}", "mlflow.spanLogLevel": "10"}, "links": []}','null');
INSERT INTO "spans" VALUES('tr-8b330da87e1daddb12303200105d3075',6,'361d7be670ea263b',NULL,'of proxied','UNKNOWN','OK',1795570443736306362,1795570443736721760,'{"trace_id": "izMNqH4drdsSMDIAEF0wdQ==", "span_id": "Nh175nDqJjs=", "parent_span_id": null, "name": "of proxied", "start_time_unix_nano": 1795570443736306362, "end_time_unix_nano": 1795570443736721760, "events": [], "status": {"code": "STATUS_CODE_OK", "message": ""}, "attributes": {"mlflow.traceRequestId": "\"tr-8b330da87e1daddb12303200105d3075\"", "mlflow.spanType": "\"UNKNOWN\"", "mlflow.spanInputs": "{\"question\": \"how much is 2 * 2\"}", "mlflow.spanOutputs": "{\"answer\": 4}", "mlflow.chat.tokenUsage": "{\"input_tokens\": 7, \"output_tokens\": 1, \"total_tokens\": 8}", "mlflow.spanLogLevel": "10"}, "links": []}','null');
CREATE TABLE "tags" (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(8000), 
	run_uuid VARCHAR(32) NOT NULL, 
	CONSTRAINT tag_pk PRIMARY KEY ("key", run_uuid), 
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid)
);
INSERT INTO "tags" VALUES('mlflow.user','ada','f1cc12a2fa1b4f4db40e4ad12167a07f');
INSERT INTO "tags" VALUES('mlflow.source.name','train.py','f1cc12a2fa1b4f4db40e4ad12167a07f');
INSERT INTO "tags" VALUES('mlflow.source.type','LOCAL','f1cc12a2fa1b4f4db40e4ad12167a07f');
INSERT INTO "tags" VALUES('court','half','f1cc12a2fa1b4f4db40e4ad12167a07f');
INSERT INTO "tags" VALUES('mlflow.runName','of Default','f1cc12a2fa1b4f4db40e4ad12167a07f');
INSERT INTO "tags" VALUES('mlflow.user','ada','39a7443e5abd4df0879f1d87d89021ab');
INSERT INTO "tags" VALUES('mlflow.source.name','train.py','39a7443e5abd4df0879f1d87d89021ab');
INSERT INTO "tags" VALUES('mlflow.source.type','LOCAL','39a7443e5abd4df0879f1d87d89021ab');
INSERT INTO "tags" VALUES('court','half','39a7443e5abd4df0879f1d87d89021ab');
INSERT INTO "tags" VALUES('mlflow.runName','of here','39a7443e5abd4df0879f1d87d89021ab');
INSERT INTO "tags" VALUES('mlflow.user','ada','4721ffae07374a8e9aa38408b28a220c');
INSERT INTO "tags" VALUES('mlflow.source.name','train.py','4721ffae07374a8e9aa38408b28a220c');
INSERT INTO "tags" VALUES('mlflow.source.type','LOCAL','4721ffae07374a8e9aa38408b28a220c');
INSERT INTO "tags" VALUES('court','half','4721ffae07374a8e9aa38408b28a220c');
INSERT INTO "tags" VALUES('mlflow.runName','of there','4721ffae07374a8e9aa38408b28a220c');
INSERT INTO "tags" VALUES('mlflow.user','ada','543dde14c65a468cb585c0ad78c7a009');
INSERT INTO "tags" VALUES('mlflow.source.name','train.py','543dde14c65a468cb585c0ad78c7a009');
INSERT INTO "tags" VALUES('mlflow.source.type','LOCAL','543dde14c65a468cb585c0ad78c7a009');
INSERT INTO "tags" VALUES('court','half','543dde14c65a468cb585c0ad78c7a009');
INSERT INTO "tags" VALUES('mlflow.runName','of elsewhere','543dde14c65a468cb585c0ad78c7a009');
INSERT INTO "tags" VALUES('mlflow.user','ada','19102114b1564385bac5375e487f9ac2');
INSERT INTO "tags" VALUES('mlflow.source.name','train.py','19102114b1564385bac5375e487f9ac2');
INSERT INTO "tags" VALUES('mlflow.source.type','LOCAL','19102114b1564385bac5375e487f9ac2');
INSERT INTO "tags" VALUES('court','half','19102114b1564385bac5375e487f9ac2');
INSERT INTO "tags" VALUES('mlflow.runName','of uri','19102114b1564385bac5375e487f9ac2');
INSERT INTO "tags" VALUES('mlflow.user','ada','104adc99822d4b9fa41101c394d2a033');
INSERT INTO "tags" VALUES('mlflow.source.name','train.py','104adc99822d4b9fa41101c394d2a033');
INSERT INTO "tags" VALUES('mlflow.source.type','LOCAL','104adc99822d4b9fa41101c394d2a033');
INSERT INTO "tags" VALUES('court','half','104adc99822d4b9fa41101c394d2a033');
INSERT INTO "tags" VALUES('mlflow.runName','of path','104adc99822d4b9fa41101c394d2a033');
INSERT INTO "tags" VALUES('mlflow.user','ada','dd7dfcc7d77f4235b17a4d5969fa5a38');
INSERT INTO "tags" VALUES('mlflow.source.name','train.py','dd7dfcc7d77f4235b17a4d5969fa5a38');
INSERT INTO "tags" VALUES('mlflow.source.type','LOCAL','dd7dfcc7d77f4235b17a4d5969fa5a38');
INSERT INTO "tags" VALUES('court','half','dd7dfcc7d77f4235b17a4d5969fa5a38');
INSERT INTO "tags" VALUES('mlflow.runName','of proxied','dd7dfcc7d77f4235b17a4d5969fa5a38');
CREATE TABLE trace_info (
	request_id VARCHAR(50) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	timestamp_ms BIGINT NOT NULL, 
	execution_time_ms BIGINT, 
	status VARCHAR(50) NOT NULL, client_request_id VARCHAR(50), request_preview VARCHAR(1000), response_preview VARCHAR(1000), db_payload_generation INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT trace_info_pk PRIMARY KEY (request_id), 
	CONSTRAINT fk_trace_info_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id)
);
INSERT INTO "trace_info" VALUES('tr-c4547531f23a224825e12ed255d1f149',0,1795570442138,0,'OK',NULL,'{"question": "how much is 2 * 2"}','{"answer": 4}',2);
INSERT INTO "trace_info" VALUES('tr-b8069c0e36179444462084f12281bb9d',1,1795570442417,0,'OK',NULL,'{"question": "how much is 2 * 2"}','{"answer": 4}',2);
INSERT INTO "trace_info" VALUES('tr-dc66b13f2fdcf0d4e50f7192c8edcd1c',2,1795570442595,0,'OK',NULL,'{"question": "how much is 2 * 2"}','{"answer": 4}',2);
INSERT INTO "trace_info" VALUES('tr-6ad0dfd9a79e74607e1ab5c5aa505dbd',3,1795570442799,0,'OK',NULL,'{"question": "how much is 2 * 2"}','{"answer": 4}',2);
INSERT INTO "trace_info" VALUES('tr-9b7b6fabef2e78dcd4a01feca2dad939',4,1795570443093,0,'OK',NULL,'{"question": "how much is 2 * 2"}','{"answer": 4}',2);
INSERT INTO "trace_info" VALUES('tr-b8ea3b4eb0921eed47225c97e6766d01',5,1795570443440,0,'OK',NULL,'{"question": "how much is 2 * 2"}','{"answer": 4}',2);
INSERT INTO "trace_info" VALUES('tr-8b330da87e1daddb12303200105d3075',6,1795570443736,0,'OK',NULL,'{"question": "how much is 2 * 2"}','{"answer": 4}',2);
CREATE TABLE trace_metrics (
	request_id VARCHAR(50) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	value FLOAT, 
	CONSTRAINT trace_metrics_pk PRIMARY KEY (request_id, "key"), 
	CONSTRAINT fk_trace_metrics_request_id FOREIGN KEY(request_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);
INSERT INTO "trace_metrics" VALUES('tr-c4547531f23a224825e12ed255d1f149','input_tokens',7.0);
INSERT INTO "trace_metrics" VALUES('tr-c4547531f23a224825e12ed255d1f149','output_tokens',1.0);
INSERT INTO "trace_metrics" VALUES('tr-c4547531f23a224825e12ed255d1f149','total_tokens',8.0);
INSERT INTO "trace_metrics" VALUES('tr-b8069c0e36179444462084f12281bb9d','input_tokens',7.0);
INSERT INTO "trace_metrics" VALUES('tr-b8069c0e36179444462084f12281bb9d','output_tokens',1.0);
INSERT INTO "trace_metrics" VALUES('tr-b8069c0e36179444462084f12281bb9d','total_tokens',8.0);
INSERT INTO "trace_metrics" VALUES('tr-dc66b13f2fdcf0d4e50f7192c8edcd1c','input_tokens',7.0);
INSERT INTO "trace_metrics" VALUES('tr-dc66b13f2fdcf0d4e50f7192c8edcd1c','output_tokens',1.0);
INSERT INTO "trace_metrics" VALUES('tr-dc66b13f2fdcf0d4e50f7192c8edcd1c','total_tokens',8.0);
INSERT INTO "trace_metrics" VALUES('tr-6ad0dfd9a79e74607e1ab5c5aa505dbd','input_tokens',7.0);
INSERT INTO "trace_metrics" VALUES('tr-6ad0dfd9a79e74607e1ab5c5aa505dbd','output_tokens',1.0);
INSERT INTO "trace_metrics" VALUES('tr-6ad0dfd9a79e74607e1ab5c5aa505dbd','total_tokens',8.0);
INSERT INTO "trace_metrics" VALUES('tr-9b7b6fabef2e78dcd4a01feca2dad939','input_tokens',7.0);
INSERT INTO "trace_metrics" VALUES('tr-9b7b6fabef2e78dcd4a01feca2dad939','output_tokens',1.0);
INSERT INTO "trace_metrics" VALUES('tr-9b7b6fabef2e78dcd4a01feca2dad939','total_tokens',8.0);
INSERT INTO "trace_metrics" VALUES('tr-b8ea3b4eb0921eed47225c97e6766d01','input_tokens',7.0);
INSERT INTO "trace_metrics" VALUES('tr-b8ea3b4eb0921eed47225c97e6766d01','output_tokens',1.0);
INSERT INTO "trace_metrics" VALUES('tr-b8ea3b4eb0921eed47225c97e6766d01','total_tokens',8.0);
INSERT INTO "trace_metrics" VALUES('tr-8b330da87e1daddb12303200105d3075','input_tokens',7.0);
INSERT INTO "trace_metrics" VALUES('tr-8b330da87e1daddb12303200105d3075','output_tokens',1.0);
INSERT INTO "trace_metrics" VALUES('tr-8b330da87e1daddb12303200105d3075','total_tokens',8.0);
CREATE TABLE "trace_request_metadata" (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(8000), 
	request_id VARCHAR(50) NOT NULL, 
	CONSTRAINT trace_request_metadata_pk PRIMARY KEY ("key", request_id), 
	CONSTRAINT fk_trace_request_metadata_request_id FOREIGN KEY(request_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.tokenUsage','{"input_tokens": 7, "output_tokens": 1, "total_tokens": 8}','tr-c4547531f23a224825e12ed255d1f149');
INSERT INTO "trace_request_metadata" VALUES('mlflow.user','ada','tr-c4547531f23a224825e12ed255d1f149');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.name','train.py','tr-c4547531f23a224825e12ed255d1f149');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.type','LOCAL','tr-c4547531f23a224825e12ed255d1f149');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.commit','','tr-c4547531f23a224825e12ed255d1f149');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.repoURL','','tr-c4547531f23a224825e12ed255d1f149');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.branch','','tr-c4547531f23a224825e12ed255d1f149');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace_schema.version','3','tr-c4547531f23a224825e12ed255d1f149');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.session','an evening','tr-c4547531f23a224825e12ed255d1f149');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceInputs','{"question": "how much is 2 * 2"}','tr-c4547531f23a224825e12ed255d1f149');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceOutputs','{"answer": 4}','tr-c4547531f23a224825e12ed255d1f149');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.sizeStats','{"total_size_bytes": 1511, "num_spans": 1, "max": 625, "p25": 625, "p50": 625, "p75": 625}','tr-c4547531f23a224825e12ed255d1f149');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.sizeBytes','1511','tr-c4547531f23a224825e12ed255d1f149');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.infoFinalized','true','tr-c4547531f23a224825e12ed255d1f149');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.tokenUsage','{"input_tokens": 7, "output_tokens": 1, "total_tokens": 8}','tr-b8069c0e36179444462084f12281bb9d');
INSERT INTO "trace_request_metadata" VALUES('mlflow.user','ada','tr-b8069c0e36179444462084f12281bb9d');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.name','train.py','tr-b8069c0e36179444462084f12281bb9d');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.type','LOCAL','tr-b8069c0e36179444462084f12281bb9d');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.commit','','tr-b8069c0e36179444462084f12281bb9d');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.repoURL','','tr-b8069c0e36179444462084f12281bb9d');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.branch','','tr-b8069c0e36179444462084f12281bb9d');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace_schema.version','3','tr-b8069c0e36179444462084f12281bb9d');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.session','an evening','tr-b8069c0e36179444462084f12281bb9d');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceInputs','{"question": "how much is 2 * 2"}','tr-b8069c0e36179444462084f12281bb9d');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceOutputs','{"answer": 4}','tr-b8069c0e36179444462084f12281bb9d');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.sizeStats','{"total_size_bytes": 1505, "num_spans": 1, "max": 622, "p25": 622, "p50": 622, "p75": 622}','tr-b8069c0e36179444462084f12281bb9d');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.sizeBytes','1505','tr-b8069c0e36179444462084f12281bb9d');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.infoFinalized','true','tr-b8069c0e36179444462084f12281bb9d');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.tokenUsage','{"input_tokens": 7, "output_tokens": 1, "total_tokens": 8}','tr-dc66b13f2fdcf0d4e50f7192c8edcd1c');
INSERT INTO "trace_request_metadata" VALUES('mlflow.user','ada','tr-dc66b13f2fdcf0d4e50f7192c8edcd1c');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.name','train.py','tr-dc66b13f2fdcf0d4e50f7192c8edcd1c');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.type','LOCAL','tr-dc66b13f2fdcf0d4e50f7192c8edcd1c');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.commit','','tr-dc66b13f2fdcf0d4e50f7192c8edcd1c');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.repoURL','','tr-dc66b13f2fdcf0d4e50f7192c8edcd1c');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.branch','','tr-dc66b13f2fdcf0d4e50f7192c8edcd1c');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace_schema.version','3','tr-dc66b13f2fdcf0d4e50f7192c8edcd1c');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.session','an evening','tr-dc66b13f2fdcf0d4e50f7192c8edcd1c');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceInputs','{"question": "how much is 2 * 2"}','tr-dc66b13f2fdcf0d4e50f7192c8edcd1c');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceOutputs','{"answer": 4}','tr-dc66b13f2fdcf0d4e50f7192c8edcd1c');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.sizeStats','{"total_size_bytes": 1507, "num_spans": 1, "max": 623, "p25": 623, "p50": 623, "p75": 623}','tr-dc66b13f2fdcf0d4e50f7192c8edcd1c');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.sizeBytes','1507','tr-dc66b13f2fdcf0d4e50f7192c8edcd1c');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.infoFinalized','true','tr-dc66b13f2fdcf0d4e50f7192c8edcd1c');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.tokenUsage','{"input_tokens": 7, "output_tokens": 1, "total_tokens": 8}','tr-6ad0dfd9a79e74607e1ab5c5aa505dbd');
INSERT INTO "trace_request_metadata" VALUES('mlflow.user','ada','tr-6ad0dfd9a79e74607e1ab5c5aa505dbd');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.name','train.py','tr-6ad0dfd9a79e74607e1ab5c5aa505dbd');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.type','LOCAL','tr-6ad0dfd9a79e74607e1ab5c5aa505dbd');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.commit','','tr-6ad0dfd9a79e74607e1ab5c5aa505dbd');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.repoURL','','tr-6ad0dfd9a79e74607e1ab5c5aa505dbd');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.branch','','tr-6ad0dfd9a79e74607e1ab5c5aa505dbd');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace_schema.version','3','tr-6ad0dfd9a79e74607e1ab5c5aa505dbd');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.session','an evening','tr-6ad0dfd9a79e74607e1ab5c5aa505dbd');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceInputs','{"question": "how much is 2 * 2"}','tr-6ad0dfd9a79e74607e1ab5c5aa505dbd');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceOutputs','{"answer": 4}','tr-6ad0dfd9a79e74607e1ab5c5aa505dbd');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.sizeStats','{"total_size_bytes": 1515, "num_spans": 1, "max": 627, "p25": 627, "p50": 627, "p75": 627}','tr-6ad0dfd9a79e74607e1ab5c5aa505dbd');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.sizeBytes','1515','tr-6ad0dfd9a79e74607e1ab5c5aa505dbd');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.infoFinalized','true','tr-6ad0dfd9a79e74607e1ab5c5aa505dbd');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.tokenUsage','{"input_tokens": 7, "output_tokens": 1, "total_tokens": 8}','tr-9b7b6fabef2e78dcd4a01feca2dad939');
INSERT INTO "trace_request_metadata" VALUES('mlflow.user','ada','tr-9b7b6fabef2e78dcd4a01feca2dad939');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.name','train.py','tr-9b7b6fabef2e78dcd4a01feca2dad939');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.type','LOCAL','tr-9b7b6fabef2e78dcd4a01feca2dad939');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.commit','','tr-9b7b6fabef2e78dcd4a01feca2dad939');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.repoURL','','tr-9b7b6fabef2e78dcd4a01feca2dad939');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.branch','','tr-9b7b6fabef2e78dcd4a01feca2dad939');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace_schema.version','3','tr-9b7b6fabef2e78dcd4a01feca2dad939');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.session','an evening','tr-9b7b6fabef2e78dcd4a01feca2dad939');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceInputs','{"question": "how much is 2 * 2"}','tr-9b7b6fabef2e78dcd4a01feca2dad939');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceOutputs','{"answer": 4}','tr-9b7b6fabef2e78dcd4a01feca2dad939');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.sizeStats','{"total_size_bytes": 1503, "num_spans": 1, "max": 621, "p25": 621, "p50": 621, "p75": 621}','tr-9b7b6fabef2e78dcd4a01feca2dad939');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.sizeBytes','1503','tr-9b7b6fabef2e78dcd4a01feca2dad939');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.infoFinalized','true','tr-9b7b6fabef2e78dcd4a01feca2dad939');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.tokenUsage','{"input_tokens": 7, "output_tokens": 1, "total_tokens": 8}','tr-b8ea3b4eb0921eed47225c97e6766d01');
INSERT INTO "trace_request_metadata" VALUES('mlflow.user','ada','tr-b8ea3b4eb0921eed47225c97e6766d01');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.name','train.py','tr-b8ea3b4eb0921eed47225c97e6766d01');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.type','LOCAL','tr-b8ea3b4eb0921eed47225c97e6766d01');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.commit','','tr-b8ea3b4eb0921eed47225c97e6766d01');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.repoURL','','tr-b8ea3b4eb0921eed47225c97e6766d01');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.branch','','tr-b8ea3b4eb0921eed47225c97e6766d01');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace_schema.version','3','tr-b8ea3b4eb0921eed47225c97e6766d01');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.session','an evening','tr-b8ea3b4eb0921eed47225c97e6766d01');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceInputs','{"question": "how much is 2 * 2"}','tr-b8ea3b4eb0921eed47225c97e6766d01');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceOutputs','{"answer": 4}','tr-b8ea3b4eb0921eed47225c97e6766d01');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.sizeStats','{"total_size_bytes": 1505, "num_spans": 1, "max": 622, "p25": 622, "p50": 622, "p75": 622}','tr-b8ea3b4eb0921eed47225c97e6766d01');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.sizeBytes','1505','tr-b8ea3b4eb0921eed47225c97e6766d01');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.infoFinalized','true','tr-b8ea3b4eb0921eed47225c97e6766d01');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.tokenUsage','{"input_tokens": 7, "output_tokens": 1, "total_tokens": 8}','tr-8b330da87e1daddb12303200105d3075');
INSERT INTO "trace_request_metadata" VALUES('mlflow.user','ada','tr-8b330da87e1daddb12303200105d3075');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.name','train.py','tr-8b330da87e1daddb12303200105d3075');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.type','LOCAL','tr-8b330da87e1daddb12303200105d3075');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.commit','','tr-8b330da87e1daddb12303200105d3075');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.repoURL','','tr-8b330da87e1daddb12303200105d3075');
INSERT INTO "trace_request_metadata" VALUES('mlflow.source.git.branch','','tr-8b330da87e1daddb12303200105d3075');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace_schema.version','3','tr-8b330da87e1daddb12303200105d3075');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.session','an evening','tr-8b330da87e1daddb12303200105d3075');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceInputs','{"question": "how much is 2 * 2"}','tr-8b330da87e1daddb12303200105d3075');
INSERT INTO "trace_request_metadata" VALUES('mlflow.traceOutputs','{"answer": 4}','tr-8b330da87e1daddb12303200105d3075');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.sizeStats','{"total_size_bytes": 1511, "num_spans": 1, "max": 625, "p25": 625, "p50": 625, "p75": 625}','tr-8b330da87e1daddb12303200105d3075');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.sizeBytes','1511','tr-8b330da87e1daddb12303200105d3075');
INSERT INTO "trace_request_metadata" VALUES('mlflow.trace.infoFinalized','true','tr-8b330da87e1daddb12303200105d3075');
CREATE TABLE "trace_tags" (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(8000), 
	request_id VARCHAR(50) NOT NULL, 
	CONSTRAINT trace_tag_pk PRIMARY KEY ("key", request_id), 
	CONSTRAINT fk_trace_tags_request_id FOREIGN KEY(request_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','@folder@/mlruns/0/traces/tr-c4547531f23a224825e12ed255d1f149/artifacts','tr-c4547531f23a224825e12ed255d1f149');
INSERT INTO "trace_tags" VALUES('mlflow.trace.spansLocation','TRACKING_STORE','tr-c4547531f23a224825e12ed255d1f149');
INSERT INTO "trace_tags" VALUES('mlflow.traceName','of Default','tr-c4547531f23a224825e12ed255d1f149');
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','@here@/1/traces/tr-b8069c0e36179444462084f12281bb9d/artifacts','tr-b8069c0e36179444462084f12281bb9d');
INSERT INTO "trace_tags" VALUES('mlflow.trace.spansLocation','TRACKING_STORE','tr-b8069c0e36179444462084f12281bb9d');
INSERT INTO "trace_tags" VALUES('mlflow.traceName','of here','tr-b8069c0e36179444462084f12281bb9d');
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','@there@/2/traces/tr-dc66b13f2fdcf0d4e50f7192c8edcd1c/artifacts','tr-dc66b13f2fdcf0d4e50f7192c8edcd1c');
INSERT INTO "trace_tags" VALUES('mlflow.trace.spansLocation','TRACKING_STORE','tr-dc66b13f2fdcf0d4e50f7192c8edcd1c');
INSERT INTO "trace_tags" VALUES('mlflow.traceName','of there','tr-dc66b13f2fdcf0d4e50f7192c8edcd1c');
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','@elsewhere@/3/traces/tr-6ad0dfd9a79e74607e1ab5c5aa505dbd/artifacts','tr-6ad0dfd9a79e74607e1ab5c5aa505dbd');
INSERT INTO "trace_tags" VALUES('mlflow.trace.spansLocation','TRACKING_STORE','tr-6ad0dfd9a79e74607e1ab5c5aa505dbd');
INSERT INTO "trace_tags" VALUES('mlflow.traceName','of elsewhere','tr-6ad0dfd9a79e74607e1ab5c5aa505dbd');
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','file://@folder@/mlruns/4/traces/tr-9b7b6fabef2e78dcd4a01feca2dad939/artifacts','tr-9b7b6fabef2e78dcd4a01feca2dad939');
INSERT INTO "trace_tags" VALUES('mlflow.trace.spansLocation','TRACKING_STORE','tr-9b7b6fabef2e78dcd4a01feca2dad939');
INSERT INTO "trace_tags" VALUES('mlflow.traceName','of uri','tr-9b7b6fabef2e78dcd4a01feca2dad939');
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','@folder@/mlruns/5/traces/tr-b8ea3b4eb0921eed47225c97e6766d01/artifacts','tr-b8ea3b4eb0921eed47225c97e6766d01');
INSERT INTO "trace_tags" VALUES('mlflow.trace.spansLocation','TRACKING_STORE','tr-b8ea3b4eb0921eed47225c97e6766d01');
INSERT INTO "trace_tags" VALUES('mlflow.traceName','of path','tr-b8ea3b4eb0921eed47225c97e6766d01');
INSERT INTO "trace_tags" VALUES('mlflow.artifactLocation','mlflow-artifacts:/6/traces/tr-8b330da87e1daddb12303200105d3075/artifacts','tr-8b330da87e1daddb12303200105d3075');
INSERT INTO "trace_tags" VALUES('mlflow.trace.spansLocation','TRACKING_STORE','tr-8b330da87e1daddb12303200105d3075');
INSERT INTO "trace_tags" VALUES('mlflow.traceName','of proxied','tr-8b330da87e1daddb12303200105d3075');
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
CREATE INDEX idx_webhooks_name ON webhooks (name);
CREATE INDEX idx_webhooks_status ON webhooks (status);
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
