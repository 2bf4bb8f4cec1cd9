"""From a feature matrix to something one can stand behind: rules, learned models, evidence."""
