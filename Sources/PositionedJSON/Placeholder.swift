enum PositionedJSONPlaceholder {}
