using System.Diagnostics.CodeAnalysis;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace LastMile.Events.EntityFrameworkCore.Declaring;

/// <summary>
/// The path of a name such as <c>Address.City</c> or <c>Product.Slug</c> in the model: references and complex properties, then a property.
/// </summary>
internal sealed record PropertyPath(IReadOnlyList<IReadOnlyPropertyBase> Steps, IReadOnlyProperty Property)
{
    /// <summary>Resolves a name, or returns the error in it.</summary>
    /// <param name="entity">The entity that the path starts from.</param>
    /// <param name="name">A property, after the dotted path to it.</param>
    /// <param name="path">The path; null if the name is wrong.</param>
    /// <param name="error">The error and its fix, as the end of a sentence that begins with the name; null if the name is right.</param>
    public static bool TryFind(
        IReadOnlyEntityType entity,
        string name,
        [NotNullWhen(true)] out PropertyPath? path,
        [NotNullWhen(false)] out string? error)
    {
        // A shadow property may have a dot in its name.
        var segments = entity.FindProperty(name) is null ? name.Split('.') : [name];
        var steps = new List<IReadOnlyPropertyBase>();
        IReadOnlyTypeBase type = entity;
        error = null;
        path = null;
        foreach (var segment in segments[..^1])
        {
            error = Step(type, segment, out var step, out var next);
            if (error is not null)
                return false;

            steps.Add(step!);
            type = next!;
        }

        if (type.FindProperty(segments[^1]) is { } property)
            path = new PropertyPath(steps, property);
        else
            error = NoProperty(type, segments[^1], alone: segments.Length == 1);

        return path is not null;
    }

    private static string? Step(IReadOnlyTypeBase type, string name, out IReadOnlyPropertyBase? step, out IReadOnlyTypeBase? next)
    {
        var navigation = (type as IReadOnlyEntityType)?.FindNavigation(name);
        var complex = type.FindComplexProperty(name);
        step = navigation is null ? complex : navigation;
        next = navigation is null ? complex?.ComplexType : navigation.TargetEntityType;

        if (IsCollection(type, name))
            return Collection(type, name);
        if (next is null)
            return NoReference(type, name);

        return next.IsMappedToJson()
            ? $"but {name} is stored as JSON, so its properties have no columns. Name a property with its own column."
            : null;
    }

    private static bool IsCollection(IReadOnlyTypeBase type, string name) =>
        type.FindComplexProperty(name) is { IsCollection: true }
        || (type is IReadOnlyEntityType entity
            && (entity.FindSkipNavigation(name) is not null || entity.FindNavigation(name) is { IsCollection: true }));

    private static string Collection(IReadOnlyTypeBase type, string name)
    {
        var entity = type as IReadOnlyEntityType;
        var rows = entity?.FindSkipNavigation(name)?.JoinEntityType ?? entity?.FindNavigation(name)?.TargetEntityType;
        var fix = rows is null
            ? "Name a property with a single value."
            : $"Declare the rule on {EntityNames.Of(rows)}, which has the rows, or name a property with a single value.";
        return $"but {name} is a collection of {EntityNames.Of(type)} and has no single value. {fix}";
    }

    private static string NoReference(IReadOnlyTypeBase type, string name)
    {
        if (type.FindProperty(name) is not null)
            return $"but {name} is a property of {EntityNames.Of(type)} without properties of its own. Remove the part after it.";

        var references = References(type);
        return references.Count == 0
            ? $"but {name} is not a reference of {EntityNames.Of(type)}, which has none. Name one of its properties: {Names(type)}."
            : $"but {name} is not a reference of {EntityNames.Of(type)}.{Nearest(name, references)} "
                + $"Its references: {string.Join(", ", references)}.";
    }

    private static string NoProperty(IReadOnlyTypeBase type, string name, bool alone)
    {
        if (IsCollection(type, name))
            return Collection(type, name);
        if (References(type).Contains(name, StringComparer.Ordinal))
        {
            return $"but {name} is a reference of {EntityNames.Of(type)}, not a value. "
                + $"Name one of its properties, such as {{{name}.{AnyOf(type, name)}}}.";
        }

        if ((type as IReadOnlyEntityType)?.GetDerivedTypes().FirstOrDefault(derived => derived.FindProperty(name) is not null) is { } owner)
            return $"which only the derived type {EntityNames.Of(owner)} has. Declare the rule on {EntityNames.Of(owner)}.";

        var candidates = type.GetProperties().Select(property => property.Name);
        return alone
            ? $"which is not one of its properties.{Nearest(name, candidates)} Its properties: {Names(type)}."
            : $"but {name} is not a property of {EntityNames.Of(type)}.{Nearest(name, candidates)} Its properties: {Names(type)}.";
    }

    private static string AnyOf(IReadOnlyTypeBase type, string reference) =>
        Step(type, reference, out _, out var next) is null && next is not null ? next.GetProperties().First().Name : "Id";

    private static List<string> References(IReadOnlyTypeBase type) =>
    [
        .. type.GetComplexProperties().Where(complex => !complex.IsCollection).Select(complex => complex.Name),
        .. (type as IReadOnlyEntityType)?.GetNavigations()
            .Where(navigation => !navigation.IsCollection)
            .Select(navigation => navigation.Name) ?? [],
    ];

    private static string Names(IReadOnlyTypeBase type) => string.Join(", ", type.GetProperties().Select(property => property.Name));

    private static string Nearest(string name, IEnumerable<string> candidates) =>
        NearestName.To(name, candidates) is { } near ? $" Did you mean {near}?" : "";
}
