enum TargetTimePlaceholder {}
