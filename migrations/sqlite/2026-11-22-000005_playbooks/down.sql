drop index runs_open_idx;
drop table playbook_versions;
drop table playbook_texts;
