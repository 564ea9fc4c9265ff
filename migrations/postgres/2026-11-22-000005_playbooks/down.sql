drop index runs_open_idx;
drop table playbook_versions;
drop function playbook_fate_only;
drop table playbook_texts;
