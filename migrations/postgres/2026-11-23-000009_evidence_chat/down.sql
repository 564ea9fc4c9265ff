update evidence set source = 'web' where source = 'chat';
alter table evidence drop constraint evidence_source_check;
alter table evidence add constraint evidence_source_check
    check (source in ('report','reporter','web','api','dispatch'));
