using LastMile.Events.EntityFrameworkCore.Declaring;
using Microsoft.EntityFrameworkCore;

namespace LastMile.Events.EntityFrameworkCore;

/// <summary>Declares on a whole model what changes purge from every region's cache.</summary>
public static class PurgeRuleModelBuilderExtensions
{
    /// <summary>A change of any entity drops the key that the template gives for it, as <c>{Entity}:{Key}</c> gives <c>Product:7</c>.</summary>
    /// <remarks>
    /// <para>
    /// <c>{Entity}</c> is the entity's name (as <c>HasPurgeName</c> sets it, or else the short name of its class; in a hierarchy that of
    /// its root), and <c>{Key}</c> is its primary key's
    /// properties, joined by ':'. What an entity declares itself stays, and the same rule is not doubled. Left out is what has no key or
    /// no table: keyless types, views, and owned types in JSON.
    /// </para>
    /// <para>
    /// Rows that show as part of another entity purge that one: those of an owned type in a table of its own purge their owner's key, and
    /// those of a many-to-many join purge the keys of both its ends (and their own, where the join has a class of its own).
    /// </para>
    /// </remarks>
    /// <param name="model">The model's builder; where in <c>OnModelCreating</c> it is called does not matter.</param>
    /// <param name="template">The key's template; it may name <c>{Entity}</c> and <c>{Key}</c>.</param>
    /// <exception cref="InvalidOperationException">The context is set up without <c>UseLastMile()</c>.</exception>
    public static ModelBuilder PurgesEveryEntity(this ModelBuilder model, string template)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(template);
        PurgeRuleConventions.ThrowUnlessOn(model.Model, "The model");
        EveryEntityRule.Declare(model.Model, template);
        return model;
    }
}
