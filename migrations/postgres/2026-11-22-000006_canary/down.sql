drop table canaries;
