drop table drills;
