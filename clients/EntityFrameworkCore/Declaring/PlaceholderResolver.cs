using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace LastMile.Events.EntityFrameworkCore.Declaring;

/// <summary>Resolves the placeholders of an entity's rules to columns of one of its tables, or of a table that it references.</summary>
internal sealed class PlaceholderResolver(IReadOnlyEntityType entity, StoreObjectIdentifier table)
{
    /// <summary>Resolves a placeholder.</summary>
    /// <param name="name">The placeholder's name in a rule of the entity.</param>
    /// <param name="path">The property path of the name.</param>
    /// <param name="error">The reason why it has no column, as the end of a sentence that begins with the name; null if it has one.</param>
    public Placeholder? Resolve(string name, PropertyPath path, out string? error)
    {
        error = null;
        if (ColumnIn(table, path.Steps, path.Property) is { } column)
            return new Placeholder(name, column);
        if (InAnotherTableOfTheRow(name, path) is { } joined)
            return joined;

        var stepsInRow = path.Steps.TakeWhile(step => StaysInRow(step, table)).Count();
        if (stepsInRow < path.Steps.Count)
            return ThroughReference(name, path, stepsInRow, out error);

        error = $"which has no column in the table {table.DisplayName()}. Name a property that is stored there.";
        return null;
    }

    private static bool StaysInRow(IReadOnlyPropertyBase step, StoreObjectIdentifier table) =>
        step is not IReadOnlyNavigation { ForeignKey: var key } || key.DeclaringEntityType.FindRowInternalForeignKeys(table).Contains(key);

    private static string? ColumnIn(StoreObjectIdentifier table, IEnumerable<IReadOnlyPropertyBase> steps, IReadOnlyProperty property) =>
        steps.All(step => StaysInRow(step, table)) ? property.GetColumnName(table) : null;

    // With a table per type, or an entity split between tables, the primary key joins the tables.
    private Placeholder? InAnotherTableOfTheRow(string name, PropertyPath path)
    {
        foreach (var other in EntityTables.Of(entity).Where(other => other != table))
        {
            if (ColumnIn(other, path.Steps, path.Property) is { } column
                && entity.FindPrimaryKey()?.Properties is { } key
                && Join(key, other, key) is { } join)
            {
                var reference = EntityTables.NameOf(other, entity);
                return new Placeholder($"{reference}.{Joined(name.Split('.'))}", column, reference, join);
            }
        }

        return null;
    }

    private Placeholder? ThroughReference(string name, PropertyPath path, int stepsInRow, out string? error)
    {
        var navigation = (IReadOnlyNavigation)path.Steps[stepsInRow];
        var foreignKey = navigation.ForeignKey;
        var (near, far) = navigation.IsOnDependent
            ? (foreignKey.Properties, foreignKey.PrincipalKey.Properties)
            : (foreignKey.PrincipalKey.Properties, foreignKey.Properties);
        var rest = path.Steps.Skip(stepsInRow + 1).ToList();
        var reference = Joined(path.Steps.Take(stepsInRow + 1).Select(step => step.Name));
        var tables = EntityTables.Of(navigation.TargetEntityType);
        var own = StoreObjectIdentifier.Create(navigation.TargetEntityType, StoreObjectType.Table);
        error = WrongTables(navigation, tables);
        if (error is not null)
            return null;

        foreach (var other in tables.OrderByDescending(other => other == own))
        {
            if (ColumnIn(other, rest, path.Property) is not { } column || Join(near, other, far) is not { } join)
                continue;

            if (other != own)
                reference = Joined([reference, EntityTables.NameOf(other, navigation.TargetEntityType)]);
            var property = Joined([.. rest.Select(step => step.Name), path.Property.Name]);
            return new Placeholder($"{reference}.{property}", column, reference, join);
        }

        error = Unreachable(navigation, near);
        return null;
    }

    // The name of a joined placeholder has one dot, between the reference and the column.
    private static string Joined(IEnumerable<string> names) => string.Join('_', names);

    private CaptureJoin? Join(IReadOnlyList<IReadOnlyProperty> near, StoreObjectIdentifier other, IReadOnlyList<IReadOnlyProperty> far)
    {
        var on = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (own, there) in near.Zip(far))
        {
            if (own.GetColumnName(table) is not { } from || there.GetColumnName(other) is not { } to)
                return null;

            on[from] = to;
        }

        return CaptureJoin.Between(table, other, on);
    }

    private static string? WrongTables(IReadOnlyNavigation navigation, IReadOnlyList<StoreObjectIdentifier> tables)
    {
        var target = navigation.TargetEntityType;
        var fix = $"Name a property of {EntityNames.Of(navigation.DeclaringEntityType)} itself.";
        if (tables.Count == 0)
            return $"but {EntityNames.Of(target)} is not stored in a table, so capture can't look it up. {fix}";

        return EntityTables.IsOfConcreteTypes(target) && tables.Count > 1
            ? $"but {EntityNames.Of(target)} is stored in several tables "
                + $"({string.Join(", ", tables.Select(table => table.DisplayName()))}), and each of them may hold the row. {fix}"
            : null;
    }

    private string Unreachable(IReadOnlyNavigation navigation, IReadOnlyList<IReadOnlyProperty> near) =>
        near.FirstOrDefault(property => property.GetColumnName(table) is null) is { } missing
            ? $"but {missing.Name}, which leads to {navigation.Name}, is not in the table {table.DisplayName()}, which also holds rows of "
                + $"{EntityNames.Of(entity)}: that is two steps away, and capture can follow only one. "
                + $"Name a property of {EntityNames.Of(entity)} itself."
            : "which is two steps away, and capture can follow only one reference. "
                + $"Name a property of {EntityNames.Of(navigation.TargetEntityType)}, or one of {EntityNames.Of(entity)} itself.";
}
