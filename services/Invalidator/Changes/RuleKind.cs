namespace LastMile.Events.Invalidator.Changes;

/// <summary>The result of a template: a key to drop or a tag to renew.</summary>
internal enum RuleKind
{
    Key,
    Tag,
}
