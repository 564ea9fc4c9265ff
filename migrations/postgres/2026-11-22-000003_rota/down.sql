drop table rota_feeds;
drop table rota_gaps;
drop table rota_handovers;
drop table rota_swaps;
drop table rota_overrides;
drop table rota_rotations;
drop table rotas;
