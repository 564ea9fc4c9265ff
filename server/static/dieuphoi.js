// Progressive enhancement; see js/.
