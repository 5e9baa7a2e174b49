using Microsoft.EntityFrameworkCore.Metadata;

namespace LastMile.Events.EntityFrameworkCore.Declaring;

/// <summary>The rules that one entity type declares.</summary>
internal sealed record DeclaredRules(IReadOnlyEntityType Entity, string[] Keys, string[] Tags, string[] Ignored, bool Strict)
{
    public bool HasRules => Keys.Length + Tags.Length > 0;

    public bool IsEmpty => !HasRules && Ignored.Length == 0 && !Strict;

    public static DeclaredRules Of(IReadOnlyEntityType entity) => new(
        entity,
        PurgeRuleAnnotations.Read(entity, PurgeRuleAnnotations.Keys),
        PurgeRuleAnnotations.Read(entity, PurgeRuleAnnotations.Tags),
        PurgeRuleAnnotations.Read(entity, PurgeRuleAnnotations.Ignored),
        entity.FindAnnotation(PurgeRuleAnnotations.Strict)?.Value is true);
}
