//! The responders' rooms: what came in, who is linked, groups and cards, buttons and questions.
