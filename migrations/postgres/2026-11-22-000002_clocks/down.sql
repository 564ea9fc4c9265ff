drop table dispatch_files;
drop table duties;
drop table calendar_years;
